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
  readonly #notes: string[] = [];

  /** @param columns of the terminal, asked at each writing */
  constructor(write: (text: string) => void, columns: () => number) {
    this.#write = write;
    this.#columns = columns;
  }

  note(text: string): void {
    this.#notes.push(text);
    if (this.#notes.length > MAX_KEPT_NOTES) this.#notes.shift();
    this.#replace(this.#wrapped(text), this.#block);
  }

  /**
   * Begins again on an empty screen, with the newest notes. For a terminal that changed its size: it may have moved what was
   * written before it said so.
   */
  repaint(): void {
    this.#block = [];
    this.#write(EMPTY_SCREEN + this.#notes.map((text) => this.#wrapped(text)).join(''));
  }

  draw(lines: readonly string[]): void {
    if (lines.join('\n') !== this.#block.join('\n')) this.#replace('', lines);
  }

  #wrapped(text: string): string {
    return text
      .split('\n')
      .flatMap((line) => wrapFigures(line, this.#columns()))
      .map((line) => `${line}\n`)
      .join('');
  }

  /** One write, so that a terminal never shows the state between. */
  #replace(before: string, lines: readonly string[]): void {
    const rowCount = this.#block.reduce((total, line) => total + this.#rowCount(line), 0);
    const block = lines.map((line) => `${line}\n`).join('');
    this.#write(ERASE_ROW_ABOVE.repeat(rowCount) + before + block);
    this.#block = lines;
  }

  /** A terminal breaks what is wider than itself, such as a long word, or a line from when it was wider. */
  #rowCount(line: string): number {
    return Math.max(1, Math.ceil(line.replaceAll(ESCAPE_SEQUENCES, '').length / this.#columns()));
  }
}

/** Row by row: tmux keeps a copy of a screen that is cleared as a whole. */
const ERASE_ROW_ABOVE = '\x1b[1A\x1b[2K';
const EMPTY_SCREEN = `\x1b[999;1H\x1b[2K${ERASE_ROW_ABOVE.repeat(200)}`;
const MAX_KEPT_NOTES = 8;
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one.
const ESCAPE_SEQUENCES = /\x1b\[[\d;]*m/g;
