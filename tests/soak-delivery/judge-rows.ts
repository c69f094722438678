import type { RowText } from '#tests/support/influx-rows.ts';
import { valuesOf } from './memory-filter.ts';

/** What a database has, and what it was to have. */
export interface RowCase {
  readonly rows: readonly RowText[];
  /** What the records of the journal are to become, by the gateway's own code. */
  readonly records: readonly RowText[];
  /** Whether a record that has no row was left out by a filter. */
  readonly mayMiss: (record: RowText) => boolean;
}

/**
 * Compares a database with the journal, value by value: nothing missing, nothing else, and of the publishers nothing but what they
 * published, whatever the gateway makes of its records.
 *
 * @returns what is wrong, in sentences
 */
export function judgeRows({ rows, records, mayMiss }: RowCase): readonly string[] {
  const [there, due] = [new Set(rows), new Set(records)];
  const missing = [...due.difference(there)].filter((record) => !mayMiss(record));
  return [
    ...[...there.difference(due)].map((row) => `${row} is in InfluxDB, and not in the journal`),
    ...missing.map((row) => `${row} is in the journal, and not in InfluxDB`),
    ...rows.filter(isAltered).map((row) => `${row} is in InfluxDB, and not what was published`),
  ];
}

/** The columns of a point of a publisher; others tell of the gateway itself. */
export function publishedColumns(row: RowText): Readonly<Record<string, unknown>> | undefined {
  // As `readInfluxRows` writes it.
  const [measurement, columns] = JSON.parse(row) as [string, readonly (readonly [string, unknown])[]];
  return measurement === 'mqtt.message' ? Object.fromEntries(columns) : undefined;
}

function isAltered(row: RowText): boolean {
  const columns = publishedColumns(row);
  if (columns === undefined) return false;
  return Object.entries(valuesOf(Number(columns['counter']))).some(([name, value]) => columns[name] !== value);
}
