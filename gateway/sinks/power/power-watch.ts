import { encodeEvent, stampedTime } from '#gateway/model/event-payload.ts';
import type { Message, Stamp } from '#gateway/model/message.ts';
import type { PowerStatus } from '#gateway/model/power-status.ts';
import { type Cancel, type Clock, wait } from '#gateway/runtime/clock.ts';
import { judgePower, type PowerView } from './judge-power.ts';

/** What {@link PowerWatch} needs. */
export interface PowerWatchOptions {
  readonly view: () => PowerView;
  /** Hands a message to who listens now, and keeps it for who comes later, as long as the process lives: nowhere else. */
  readonly announce: (message: Message) => void;
  readonly clock: Clock;
  readonly stamp: () => Stamp;
}

/** Where it is told. */
export const POWER_TOPIC = 'status/power';
/** How often it is told anew at most. */
export const POWER_INTERVAL_MS = 1000;
/** How often it is looked at for who waits: between two events of a busy vehicle there may be no more than that. */
const WAIT_STEP_MS = 50;

/**
 * Tells whether it is safe to cut the power, under the retained {@link POWER_TOPIC}, when that changes. What it says is true when it says
 * so: it is looked at and told in one turn. It is never journaled, or it would undo what it says; and never written down, or a restart
 * would find it.
 */
export class PowerWatch implements Disposable {
  readonly #options: PowerWatchOptions;
  #told = '';
  #cancel: Cancel = () => {};

  constructor(options: PowerWatchOptions) {
    this.#options = options;
    this.#tell();
  }

  now(): PowerStatus {
    return judgePower(this.#options.view());
  }

  /** Resolves when it is safe, after `waitMs`, or when the signal aborts, with how it is then. */
  async wait(waitMs: number, signal?: AbortSignal): Promise<PowerStatus> {
    const { clock } = this.#options;
    const endMs = clock.monotonicMs() + waitMs;
    for (;;) {
      const status = this.now();
      const leftMs = endMs - clock.monotonicMs();
      if (status.safe || leftMs <= 0 || signal?.aborted === true) return status;
      await wait(clock, Math.min(leftMs, WAIT_STEP_MS), signal);
    }
  }

  [Symbol.dispose](): void {
    this.#cancel();
  }

  #tell(): void {
    const { announce, clock, stamp } = this.#options;
    this.#cancel = clock.schedule(POWER_INTERVAL_MS, () => this.#tell());
    const status = this.now();
    const text = JSON.stringify(status);
    if (text === this.#told) return;
    this.#told = text;
    announce({
      topic: POWER_TOPIC,
      payload: encodeEvent('gateway.power', stampedTime(stamp()), status),
      ...{ qos: 0, isRetained: true, isDuplicate: false, clientId: '@power' },
      ...{ payloadFormat: 'utf8', contentType: 'application/json' },
    });
  }
}

/** The longest that one question waits: who has more patience asks again. */
const MAX_WAIT_MS = 20_000;

/** What `waystation status --wait-drained` asks a running gateway, as a method of its control socket. */
export function powerMethods(watch: PowerWatch) {
  return {
    power: (params: unknown, signal: AbortSignal) => watch.wait(waitMsIn(params), signal),
  };
}

function waitMsIn(params: unknown): number {
  const waitMs = typeof params === 'object' && params !== null && 'waitMs' in params ? Number(params.waitMs) : 0;
  return waitMs > 0 ? Math.min(waitMs, MAX_WAIT_MS) : 0;
}
