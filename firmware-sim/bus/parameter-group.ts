import type { DbcMessage } from '#devices/can/dbc/dbc.ts';
import { encodeMessage } from '#devices/can/dbc/encode-message.ts';
import { pgnOf, priorityOf } from '#devices/can/j1939/j1939-id.ts';
import type { SignalInput } from './bus-messages.ts';

/** A message of J1939 as a control unit composes it: whatever it has no value for is not available, which is all ones. */
export class ParameterGroup {
  readonly pgn: number;
  readonly priority: number;
  readonly #message: DbcMessage;
  /** The bits of each signal. */
  readonly #masks: ReadonlyMap<string, Uint8Array>;

  constructor(message: DbcMessage) {
    this.pgn = pgnOf(message.id);
    this.priority = priorityOf(message.id);
    this.#message = message;
    this.#masks = new Map(
      message.signals.map(({ name }) => [name, encodeMessage(message, { [name]: Number.POSITIVE_INFINITY })]),
    );
  }

  /** @throws RangeError for a name that is no signal of the message */
  compose(values: SignalInput): Uint8Array {
    const data = encodeMessage(this.#message, values);
    const known = new Uint8Array(data.length);
    for (const name of Object.keys(values)) {
      const mask = this.#masks.get(name);
      for (let index = 0; index < known.length; index++) known[index] = (known[index] ?? 0) | (mask?.[index] ?? 0);
    }
    return data.map((byte, index) => byte | (~(known[index] ?? 0) & 0xff));
  }
}
