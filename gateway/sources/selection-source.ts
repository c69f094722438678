import {
  type Condition,
  conditionOf,
  type HeardEpoch,
  initialSelection,
  type SelectionRules,
  type SelectionState,
  stepSelection,
} from '#devices/gps/position-selection.ts';
import { encodeEvent, stampedTime } from '#gateway/model/event-payload.ts';
import type { SourceStatus } from '#gateway/model/status.ts';
import { type Cancel, wait } from '#gateway/runtime/clock.ts';
import { CLOSE_TIMEOUT_MS } from './device-source.ts';
import { EventOutlet } from './event-outlet.ts';
import type { FedPosition } from './position-feed.ts';
import type { Source, SourceContext } from './source.ts';

/** A device without a port: the position of the best of several receivers. */
export interface SelectionDevice extends SelectionRules {
  readonly id: string;
  /** Ids of the receivers, the most preferred first. */
  readonly sources: readonly string[];
}

/** How often silence is looked for. */
const TICK_MS = 1000;

/**
 * Publishes `devices/<id>/position`: every position of the receiver in charge, as it was, with its id as `source`. Who is in charge
 * is `position-selection.ts`'s to say.
 */
export function openSelectionSource(device: SelectionDevice, context: SelectionContext): Source {
  const source = new SelectionSource(device, context);
  source.start();
  return source;
}

type SelectionContext = Pick<SourceContext, 'publisher' | 'clock' | 'timekeeper' | 'positions' | 'logger'>;

class SelectionSource implements Source {
  readonly #device: SelectionDevice;
  readonly #context: SelectionContext;
  readonly #outlet: EventOutlet;
  #selection: SelectionState;
  #state: SourceStatus['state'] = 'opening';
  #switchCount = 0;
  /** The broker does not answer: the receivers' own events wait for it, and a second copy of each need not. */
  #isHeld = false;
  #skippedCount = 0;
  #isClosed = false;
  #cancel: Cancel = () => {};

  constructor(device: SelectionDevice, context: SelectionContext) {
    this.#device = device;
    this.#context = context;
    this.#selection = initialSelection(device.sources.length, context.clock.monotonicMs());
    this.#outlet = new EventOutlet(context.publisher, device.id, (isHeld) => {
      this.#isHeld = isHeld;
    });
  }

  start(): void {
    this.#context.positions.listen((position) => this.#hear(position));
    this.#tick();
  }

  status(): SourceStatus {
    const { id, sources } = this.#device;
    const { publishedCount, refusedCount } = this.#outlet;
    return {
      ...{ id, type: 'gnssSelection', state: this.#state },
      ...{ receivedBytes: 0, messages: {}, publishedCount, refusedCount, reopenCount: 0 },
      rejections: this.#skippedCount === 0 ? {} : { 'broker-busy': this.#skippedCount },
      selection: {
        source: this.#nameOf(this.#selection.current),
        switchCount: this.#switchCount,
        conditions: Object.fromEntries(sources.map((source, index) => [source, this.#conditionOf(index)])),
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#cancel();
    await Promise.race([this.#outlet.idle(), wait(this.#context.clock, CLOSE_TIMEOUT_MS)]);
  }

  #hear({ device, isValid, time, data }: FedPosition): void {
    const receiver = this.#device.sources.indexOf(device);
    if (receiver < 0 || this.#isClosed || !this.#step({ receiver, isValid })) return;
    if (this.#isHeld) this.#skippedCount++;
    else this.#outlet.sendEvent('position', encodeEvent('gnss.position', time, { ...data, source: device }));
  }

  #tick(): void {
    this.#cancel = this.#context.clock.schedule(TICK_MS, () => {
      this.#step(undefined);
      this.#tick();
    });
  }

  /** @returns whether the epoch is to be passed on */
  #step(heard: HeardEpoch | undefined): boolean {
    const before = this.#selection;
    const [selection, isPassed] = stepSelection(before, this.#context.clock.monotonicMs(), heard, this.#device);
    this.#selection = selection;
    const isSilent = this.#conditionOf(selection.current) === 'silent';
    const state = isSilent ? 'silent' : this.#state === 'opening' && heard === undefined ? 'opening' : 'open';
    const hasSwitched = selection.current !== before.current;
    if (hasSwitched) this.#switchCount++;
    const hasChanged = hasSwitched || state !== this.#state;
    this.#state = state;
    if (hasChanged) this.#report(before.current);
    return isPassed;
  }

  #report(formerly: number): void {
    const { timekeeper, logger } = this.#context;
    const { id: _, type: __, ...data } = this.status();
    this.#outlet.sendStatus(encodeEvent('device.status', stampedTime(timekeeper.stamp()), data));
    const { current } = this.#selection;
    const fields = { device: this.#device.id, source: this.#nameOf(current) };
    if (this.#state === 'silent') logger.warn(fields, 'None of the receivers says anything.');
    else if (current === formerly) logger.info(fields, 'Positions are those of this receiver.');
    else {
      const from = { from: this.#nameOf(formerly), condition: this.#conditionOf(formerly) };
      logger.warn({ ...fields, ...from }, 'Positions are those of another receiver from now on.');
    }
  }

  #conditionOf(receiver: number): Condition {
    return conditionOf(this.#selection, receiver, this.#context.clock.monotonicMs(), this.#device);
  }

  #nameOf(receiver: number): string {
    return this.#device.sources[receiver] ?? '';
  }
}
