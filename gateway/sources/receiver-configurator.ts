import {
  beginConfiguration,
  type ConfigurationEvent,
  type ConfigurationState,
  stepConfiguration,
} from '#devices/ubx/configure-receiver.ts';
import { ReceiverFramer } from '#devices/ubx/receiver-framer.ts';
import { isSoundSentence } from '#devices/ubx/sound-sentence.ts';
import { decodeUbxMessage } from '#devices/ubx/ubx-message.ts';
import type { ReceiverSetup } from '#gateway/model/receiver-setup.ts';
import type { Clock } from '#gateway/runtime/clock.ts';
import type { Logger } from '#gateway/runtime/logger.ts';

/** Whom a receiver is told by, and who hears what came of it. */
interface Surroundings {
  readonly device: string;
  readonly clock: Clock;
  readonly logger: Logger;
  write(bytes: Uint8Array): void;
}

/**
 * Tells one u-blox receiver what it is to send: `devices/ubx/configure-receiver.ts` with a clock and a port. It begins when the first sound message
 * has come, which proves that the port has the right rate, and again after a silence: the receiver may have lost what it was told.
 */
export class ReceiverConfigurator {
  readonly #setup: ReceiverSetup;
  readonly #surroundings: Surroundings;
  readonly #framer: ReceiverFramer;
  #state: ConfigurationState | undefined;
  #heardMs = Number.NEGATIVE_INFINITY;

  constructor(setup: ReceiverSetup, surroundings: Surroundings) {
    this.#setup = setup;
    this.#surroundings = surroundings;
    this.#framer = new ReceiverFramer({
      onLine: (bytes, start, end) => {
        if (isSoundSentence(bytes, start, end)) this.#hear();
      },
      onUbx: (frame) => {
        this.#hear();
        const message = decodeUbxMessage(frame);
        if (message?.isDecoded) this.#step({ type: 'message', message: message.value });
      },
    });
  }

  read(chunk: Uint8Array): void {
    const nowMs = this.#surroundings.clock.monotonicMs();
    if (nowMs - this.#heardMs >= FORGOTTEN_AFTER_MS) this.#state = undefined;
    this.#heardMs = nowMs;
    const isOver = this.#state?.phase === 'done' || this.#state?.phase === 'unanswered';
    if (!isOver) this.#framer.push(chunk);
  }

  /** Time has passed. */
  tick(): void {
    this.#step({ type: 'time' });
  }

  #hear(): void {
    if (this.#state !== undefined) return;
    const [state, bytes] = beginConfiguration(this.#surroundings.clock.monotonicMs());
    this.#take(state, bytes);
  }

  #step(event: ConfigurationEvent): void {
    if (this.#state === undefined) return;
    const before = this.#state.phase;
    const [state, bytes] = stepConfiguration(this.#state, this.#setup, this.#surroundings.clock.monotonicMs(), event);
    this.#take(state, bytes);
    if (state.phase !== before) this.#report(state);
  }

  #take(state: ConfigurationState, bytes: Uint8Array | undefined): void {
    this.#state = state;
    if (bytes !== undefined) this.#surroundings.write(bytes);
  }

  #report({ phase, refused, requests }: ConfigurationState): void {
    const { device, logger } = this.#surroundings;
    const unset = requests.map(({ what }) => what);
    if (phase === 'unanswered')
      logger.warn({ device, unset }, 'The receiver does not answer, so it is not configured.');
    else if (phase === 'done' && refused.length > 0)
      logger.warn({ device, refused }, 'The receiver refused some settings.');
    else if (phase === 'done') logger.info({ device }, 'The receiver is configured.');
  }
}

/** After such a silence the receiver may have been without power, and is told again. */
const FORGOTTEN_AFTER_MS = 10_000;
