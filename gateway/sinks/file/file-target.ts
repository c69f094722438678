/**
 * A folder on a drive as a target of the delivery loop: files of one JSON CloudEvent a line, to be carried home.
 *
 * A batch is accepted when its bytes are durable, and the name of its file. It never writes where no drive is, never touches a file of
 * others, and deletes one of its own only where it was told to. Start reading at `FileConnection.send`; `file-writer.ts` writes.
 */
import { WaystationError } from '#gateway/model/errors.ts';
import { type Cancel, type Clock, wait } from '#gateway/runtime/clock.ts';
import {
  ACCEPTED,
  type Grant,
  type Outcome,
  type OutgoingEvent,
  type Target,
  type TargetConnection,
} from '#gateway/sinks/delivery/target.ts';
import { composeLine, type LinePacket } from './compose-line.ts';
import { driveFault } from './drive-fault.ts';
import { type FileMemory, type FileWriter, openWriter, type WriterOptions } from './file-writer.ts';
import { MAX_LINE_BYTES } from './member.ts';
import { Turns } from './turns.ts';

/** What it takes to write files. */
export interface FileTargetOptions extends WriterOptions {
  readonly gatewayUid: string;
  readonly maxEventsPerBatch: number;
  readonly clock: Clock;
}

/** How long closing waits for a drive that takes its time. */
const CLOSE_PATIENCE_MS = 2000;

/** See the head of this file. */
export class FileTarget implements Target<LinePacket> {
  readonly type = 'file';
  readonly #options: FileTargetOptions;
  /** A drive that hangs may still be busy for a connection that was given up. */
  readonly #turns = new Turns();
  readonly #memory: FileMemory = { lastCounter: 0, part: undefined };

  constructor(options: FileTargetOptions) {
    this.#options = options;
  }

  prepare(event: OutgoingEvent): LinePacket {
    return composeLine(this.#options.gatewayUid, event);
  }

  async connect(signal: AbortSignal): Promise<FileConnection> {
    const { drive } = this.#options;
    const aborted = Promise.withResolvers<never>();
    const giveUp = () => aborted.reject(new WaystationError('file.failed', `${drive.directory} takes too long.`));
    signal.addEventListener('abort', giveUp, { once: true });
    if (signal.aborted) giveUp();
    try {
      const opening = this.#turns.run(() => openWriter(this.#options, this.#memory));
      return new FileConnection(this.#options, this.#turns, await Promise.race([aborted.promise, opening]));
    } catch (error) {
      throw driveFault(drive.directory, error);
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }
}

class FileConnection implements TargetConnection<LinePacket> {
  readonly grant: Grant;
  readonly closed: Promise<WaystationError>;
  readonly #options: FileTargetOptions;
  readonly #turns: Turns;
  readonly #writer: FileWriter;
  readonly #close: (reason: WaystationError) => void;
  #stopAging: Cancel = () => {};
  /** What went wrong: nobody knows then what stands at the end of the open file, and nothing is done to it. */
  #fault: WaystationError | undefined;
  #isDisposed = false;

  constructor(options: FileTargetOptions, turns: Turns, writer: FileWriter) {
    this.#options = options;
    this.#turns = turns;
    this.#writer = writer;
    this.grant = { maxInFlightSends: 1, maxEventsPerSend: options.maxEventsPerBatch, maxPacketBytes: MAX_LINE_BYTES };
    const closed = Promise.withResolvers<WaystationError>();
    this.closed = closed.promise;
    this.#close = closed.resolve;
  }

  async send(batch: readonly LinePacket[]): Promise<Outcome> {
    const { clock } = this.#options;
    const error = await this.#attempt(() => this.#writer.write(batch, clock.monotonicMs()));
    if (error === undefined) {
      this.#age();
      return ACCEPTED;
    }
    return { kind: error.isRetryable ? 'retry' : 'pause', error };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopAging();
    const finishing = this.#attempt(() => this.#writer.finish());
    this.#isDisposed = true;
    await Promise.race([finishing, wait(this.#options.clock, CLOSE_PATIENCE_MS)]);
    this.#close(new WaystationError('file.failed', `${this.#options.drive.directory} was let go.`));
  }

  /** A file ends in time although nothing more comes. */
  #age(): void {
    const { clock, maxFileMs } = this.#options;
    this.#stopAging();
    const sinceMs = this.#writer.openSinceMs;
    if (sinceMs === undefined || this.#isDisposed) return;
    this.#stopAging = clock.schedule(Math.max(0, sinceMs + maxFileMs - clock.monotonicMs()), () => {
      void this.#attempt(() => this.#writer.finish()).then((error) => error && this.#close(error));
    });
  }

  /** @returns what went wrong */
  #attempt(action: () => Promise<void>): Promise<WaystationError | undefined> {
    return this.#turns.run(async () => {
      if (this.#fault !== undefined) return this.#fault;
      try {
        await action();
      } catch (error) {
        this.#fault = driveFault(this.#options.drive.directory, error);
      }
      return this.#fault;
    });
  }
}
