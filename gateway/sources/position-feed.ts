import type { EventTime } from '#gateway/model/event-payload.ts';

/** One position of a receiver, as it was published. */
export interface FedPosition {
  /** Id of the receiver, as configured. */
  readonly device: string;
  /** Whether it passed the gate. */
  readonly isValid: boolean;
  readonly time: EventTime;
  /** Of its event. */
  readonly data: object;
}

/** Carries positions from the receivers to those devices that are made of them, in the order of their coming. */
export class PositionFeed {
  readonly #listeners: ((position: FedPosition) => void)[] = [];

  /** There are as many listeners as the configuration says; none leaves before the end. */
  listen(listener: (position: FedPosition) => void): void {
    this.#listeners.push(listener);
  }

  tell(position: FedPosition): void {
    for (const listener of this.#listeners) listener(position);
  }
}
