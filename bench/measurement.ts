/** The names of the scenarios, in the order in which they run. */
export const SCENARIO_NAMES = [
  'durable',
  'plain-qos1',
  'plain-qos0',
  'sizes',
  'fan-out',
  'connects',
  'tls',
  'idle-clients',
  'adversaries',
  'memory',
  'cold-start',
  'disk',
  'state',
  'drain',
  'influx',
  'delivery',
  'journal',
  'journal-open',
  'gnss',
  'can',
] as const;
export type ScenarioName = (typeof SCENARIO_NAMES)[number];

/** One quantity of one broker, measured once per round. */
export interface Measurement {
  readonly scenario: ScenarioName;
  /** What was measured: `rate`, `PUBACK p99`. */
  readonly what: string;
  /** Whose it is. */
  readonly subject: string;
  readonly unit: Unit;
  /** In the order of the rounds. */
  readonly samples: readonly number[];
}

export type Unit =
  | 'messages/s'
  | 'deliveries/s'
  | 'logins/s'
  | 'events/s'
  | 'points/s'
  | 'sentences/s'
  | 'frames/s'
  | 'MB/s'
  | 'ms'
  | 'µs'
  | 'MiB'
  | 'KiB'
  | 'bytes';

/** Samples as they come in, round by round. */
export class MeasurementLog {
  readonly #measurements = new Map<string, Measurement & { readonly samples: number[] }>();

  add(key: Omit<Measurement, 'samples'>, sample: number | undefined): void {
    if (sample === undefined) return;
    const name = `${key.scenario}/${key.what}/${key.subject}`;
    const known = this.#measurements.get(name);
    if (known === undefined) this.#measurements.set(name, { ...key, samples: [sample] });
    else known.samples.push(sample);
  }

  /** Quantity by quantity, the subjects in the order of their first sample. */
  all(): readonly Measurement[] {
    const found = [...this.#measurements.values()];
    const rank = ({ scenario, what }: Measurement) =>
      found.findIndex((other) => other.scenario === scenario && other.what === what);
    return found.toSorted((a, b) => rank(a) - rank(b));
  }
}
