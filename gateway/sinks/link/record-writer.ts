import type { Clock } from '#gateway/runtime/clock.ts';
import type { Logger } from '#gateway/runtime/logger.ts';
import type { LinkMemory } from './link-memory.ts';
import type { LinkRecord } from './link-record.ts';

/** What a {@link RecordWriter} is made of. */
export interface RecordWriterOptions {
  readonly link: string;
  readonly memory: LinkMemory;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Hears how each write ended, before the next begins. */
  readonly ended: (kind: 'saved' | 'saveFailed') => void;
}

/** After a record could not be written. */
const RETRY_MS = 10_000;

/** Writes the records of a link one at a time. One that is asked for while another is on its way follows it, as things are then. */
export class RecordWriter {
  readonly #options: RecordWriterOptions;
  #writing: Promise<void> | undefined;
  #due: (() => LinkRecord) | undefined;
  #lastError: string | undefined;
  #retryAtMs = 0;

  constructor(options: RecordWriterOptions) {
    this.#options = options;
  }

  /** Why the last could not be written. */
  get lastError(): string | undefined {
    return this.#lastError;
  }

  /** Whether it is worth trying: not right after a failure. */
  isReady(nowMs: number): boolean {
    return nowMs >= this.#retryAtMs;
  }

  /** @param make is called when it is its turn */
  write(make: () => LinkRecord): void {
    if (this.#writing !== undefined) {
      this.#due = make;
      return;
    }
    this.#due = undefined;
    this.#writing = this.#options.memory.save(make()).then(
      () => this.#saved(),
      (error) => this.#failed(error),
    );
  }

  /** When what was asked for before has been written, or could not be. */
  async settled(): Promise<void> {
    await this.#writing;
    // The first did not know of what was asked for meanwhile.
    await this.#writing;
  }

  #saved(): void {
    this.#writing = undefined;
    this.#lastError = undefined;
    this.#options.ended('saved');
    if (this.#due !== undefined) this.write(this.#due);
  }

  #failed(error: unknown): void {
    const { link, clock, logger, ended } = this.#options;
    this.#writing = undefined;
    this.#retryAtMs = clock.monotonicMs() + RETRY_MS;
    const text = 'What went over the link cannot be written down; nothing more goes than was written ahead.';
    if (this.#lastError === undefined) logger.error({ link, error }, text);
    this.#lastError = `What went over the link cannot be written down, and a restart would forget it: ${String(error)}`;
    ended('saveFailed');
  }
}
