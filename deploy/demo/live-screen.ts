/** Where the launcher speaks: notes scroll by, and below them (on a terminal) a block is redrawn in place. */
export interface Screen {
  /** Prints a line that stays. */
  note(text: string): void;
  /** Replaces the block; without lines there is none. */
  draw(lines: readonly string[]): void;
}

/** A terminal: the block is cleared, the notes are printed, the block is drawn again below. */
export class LiveScreen implements Screen {
  readonly #write: (text: string) => void;
  #block: readonly string[] = [];

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  note(text: string): void {
    this.#replace(`${text}\n`, this.#block);
  }

  draw(lines: readonly string[]): void {
    if (lines.join('\n') !== this.#block.join('\n')) this.#replace('', lines);
  }

  /** One write, so that a terminal never shows the state between. */
  #replace(before: string, lines: readonly string[]): void {
    const clear = this.#block.length === 0 ? '' : `\x1b[${this.#block.length}A\r\x1b[J`;
    const block = lines.map((line) => `${line}\n`).join('');
    this.#write(clear + before + block);
    this.#block = lines;
  }
}
