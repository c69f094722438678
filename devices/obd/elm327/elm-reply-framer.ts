/** Longest answer that is kept: a search with every control unit of a truck answering is well below. */
export const MAX_ELM_REPLY_CHARS = 16_384;

const PROMPT = 0x3e;
const CR = 0x0d;
const LF = 0x0a;

/** Why bytes were passed over. */
export type ElmFramerRejection =
  /** An answer longer than {@link MAX_ELM_REPLY_CHARS}: nothing of it is used. */
  | 'too-long'
  /** Bytes that are no printable ASCII; the zero bytes that old adapters put in between are none of them. */
  | 'noise';

/** Cuts what an adapter says into answers, each ended by its prompt `>`, and those into lines. In any chunking, in bounded memory. */
export class ElmReplyFramer {
  readonly #onReply: (lines: readonly string[]) => void;
  #lines: string[] = [];
  #line = '';
  #chars = 0;
  readonly #rejections: Record<ElmFramerRejection, number> = { 'too-long': 0, noise: 0 };

  /** @param onReply gets the lines of each answer, without empty ones, trimmed, in upper case */
  constructor(onReply: (lines: readonly string[]) => void) {
    this.#onReply = onReply;
  }

  get rejections(): Readonly<Record<ElmFramerRejection, number>> {
    return this.#rejections;
  }

  /** Of the answer that has begun, what is whole. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  push(chunk: Uint8Array): void {
    for (const byte of chunk) {
      if (byte === PROMPT) this.#endReply();
      else if (byte === CR || byte === LF) this.#endLine();
      else if (byte >= 0x20 && byte < 0x7f) this.#add(byte);
      else if (byte !== 0) this.#rejections.noise++;
    }
  }

  /** Forgets what is half read. */
  reset(): void {
    this.#lines = [];
    this.#line = '';
    this.#chars = 0;
  }

  #add(byte: number): void {
    this.#chars++;
    if (this.#chars <= MAX_ELM_REPLY_CHARS) this.#line += String.fromCharCode(byte);
  }

  #endLine(): void {
    const line = this.#line.trim().toUpperCase();
    this.#line = '';
    if (line !== '' && this.#chars <= MAX_ELM_REPLY_CHARS) this.#lines.push(line);
  }

  #endReply(): void {
    this.#endLine();
    const lines = this.#lines;
    const isTooLong = this.#chars > MAX_ELM_REPLY_CHARS;
    this.reset();
    if (isTooLong) this.#rejections['too-long']++;
    this.#onReply(isTooLong ? [] : lines);
  }
}
