import { inspect } from 'node:util';

/**
 * A password, token or key that must never reach a log, a status or an error message: however it is printed, it reads `[secret]`.
 * Only the code that hands it to the peer calls {@link Secret.reveal}.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return PLACEHOLDER;
  }

  toJSON(): string {
    return PLACEHOLDER;
  }

  [inspect.custom](): string {
    return PLACEHOLDER;
  }
}

const PLACEHOLDER = '[secret]';
