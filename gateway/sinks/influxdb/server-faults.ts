import { WaystationError } from '#gateway/model/errors.ts';
import type { WriteOutcome } from './influx-writer.ts';

/** So many writes in a row that a server fails at within look like a state, not an incident: the sink pauses and a person is told. */
export const MAX_SERVER_FAULTS = 5;

/**
 * Counts the writes in a row that a server answered with 500. InfluxDB says so of what passes, such as a timeout within, and of what
 * lasts until somebody acts, such as a retention policy that is not there; only time tells them apart. It is of the sink, because
 * every failed write ends a connection; forgetting it costs a few attempts.
 */
export class ServerFaults {
  #count = 0;

  /** @returns the outcome, or a pause in its place when there were too many */
  judge(outcome: WriteOutcome): WriteOutcome {
    if (outcome.kind !== 'fault') {
      if (outcome.kind !== 'retry') this.#count = 0;
      return outcome;
    }
    this.#count += 1;
    if (this.#count < MAX_SERVER_FAULTS) return outcome;
    const text = `${outcome.reason} (${this.#count} times in a row)`;
    return { kind: 'pause', error: new WaystationError('influxdb.serverFault', text) };
  }
}
