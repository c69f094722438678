import { wrapFigures } from './wrap.ts';

/** Where the launcher speaks: notes scroll by, and below them (on a terminal) a block is redrawn in place. */
export interface Screen {
  /** Prints text that stays. */
  note(text: string): void;
  /** Replaces the block; without lines there is none. */
  draw(lines: readonly string[]): void;
}

/** A terminal: the block is cleared, the notes are printed, the block is drawn again below. */
export class LiveScreen implements Screen {
  readonly #write: (text: string) => void;
  readonly #columns: () => number;
  #block: readonly string[] = [];

  /** @param columns of the terminal, asked at each writing */
  constructor(write: (text: string) => void, columns: () => number) {
    this.#write = write;
    this.#columns = columns;
  }

  note(text: string): void {
    const lines = text.split('\n').flatMap((line) => wrapFigures(line, this.#columns()));
    this.#replace(`${lines.join('\n')}\n`, this.#block);
  }

  draw(lines: readonly string[]): void {
    if (lines.join('\n') !== this.#block.join('\n')) this.#replace('', lines);
  }

  /** One write, so that a terminal never shows the state between. */
  #replace(before: string, lines: readonly string[]): void {
    const rowCount = this.#block.reduce((total, line) => total + this.#rowCount(line), 0);
    const block = lines.map((line) => `${line}\n`).join('');
    this.#write(ERASE_ROW_ABOVE.repeat(rowCount) + before + block);
    this.#block = lines;
  }

  /** A terminal that became narrower has broken what was written before into rows of its new width. */
  #rowCount(line: string): number {
    return Math.max(1, Math.ceil(line.replaceAll(ESCAPE_SEQUENCES, '').length / this.#columns()));
  }
}

/** Row by row: tmux keeps a copy of a screen that is cleared as a whole. */
const ERASE_ROW_ABOVE = '\x1b[1A\x1b[2K';
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one.
const ESCAPE_SEQUENCES = /\x1b\[[\d;]*m/g;
