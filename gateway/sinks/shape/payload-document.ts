import { readText } from '#gateway/sinks/own-event.ts';

/** A payload, read when a rule asks for it first, and once. */
export class PayloadDocument {
  readonly payload: Uint8Array;
  #text: string | undefined;
  #value: unknown;
  #isJson = false;
  #isRead = false;

  constructor(payload: Uint8Array) {
    this.payload = payload;
  }

  /** The JSON value; the text where it is none; undefined where it is not even text. */
  get value(): unknown {
    this.#read();
    return this.#value;
  }

  /** The text of a payload that is JSON, as it was sent. */
  get json(): string | undefined {
    this.#read();
    return this.#isJson ? this.#text : undefined;
  }

  #read(): void {
    if (this.#isRead) return;
    this.#isRead = true;
    this.#text = readText(this.payload);
    this.#value = this.#text;
    if (this.#text === undefined || !MAY_BE_JSON.test(this.#text)) return;
    try {
      this.#value = JSON.parse(this.#text);
      this.#isJson = true;
    } catch {
      // Then it is text.
    }
  }
}

/** Trying costs some microseconds where it fails; `ON` need not be tried. */
const MAY_BE_JSON = /^\s*[{["\d\-tfn]/;
