import { join } from 'node:path';
import { repairTime } from '#gateway/journal/clock-runs.ts';
import { nodeStorage } from '#gateway/journal/node-storage.ts';
import { openJournalFolder } from '#gateway/journal/read-folder.ts';
import { parseStreamId } from '#gateway/model/names.ts';
import { systemClock } from '#gateway/runtime/clock.ts';
import { MemoryLogger } from '#gateway/runtime/memory-logger.ts';
import { composePoint, type Point } from '#gateway/sinks/influxdb/compose-point.ts';
import type { Influxd } from './influxd.ts';

/** A row as text: measurement, time, tags and fields in the order of their names. */
export type RowText = string;

/** Every row of every measurement, in order. */
export async function readInfluxRows(influxd: Influxd, database: string): Promise<readonly RowText[]> {
  const rows: RowText[] = [];
  for (const { name } of await influxd.query('SHOW MEASUREMENTS', database)) {
    for (const row of await influxd.query(`SELECT * FROM "${name}"`, database)) {
      const values = Object.entries(row).filter(([, value]) => value !== null);
      rows.push(rowText(String(name), values));
    }
  }
  return rows.sort();
}

/** The rows that the records of a journal are to become, in order; where no gateway runs. */
export async function readJournalRows(dataDir: string, gatewayId: string): Promise<readonly RowText[]> {
  const ids = ['telemetry', 'alerts'].map(parseStreamId).filter((id) => id !== undefined);
  const host = { storage: nodeStorage, clock: systemClock, logger: new MemoryLogger() };
  await using journal = await openJournalFolder({
    ...{ directory: join(dataDir, 'journal'), ...host },
    streams: ids.map((id) => ({ id })),
  });
  const rows: RowText[] = [];
  for (const id of ids) {
    const stream = journal.stream(id);
    for (let from = stream.oldestSequence; from <= stream.syncedSequence; ) {
      const { records, nextSequence } = await stream.read(from, { maxEvents: 1000, maxBytes: 2 ** 20 });
      for (const stored of records) {
        const accepted = repairTime(journal.clockRuns, stored.record.stamp);
        const event = { stored, accepted, prev: 0, isReplayed: false };
        const point = composePoint({ gatewayId, integers: new Map() }, event);
        if (point !== undefined) rows.push(pointText(point));
      }
      from = nextSequence;
    }
  }
  return rows.sort();
}

function pointText({ measurement, tags, fields, timeUs }: Point): RowText {
  const values = [...fields].map(([name, text]) => [name, fieldValue(text)] as const);
  return rowText(measurement, [['time', timeUs], ...Object.entries(tags), ...values]);
}

/** A field's value as it stands in a line. */
function fieldValue(text: string): unknown {
  if (text.startsWith('"')) return text.slice(1, -1).replaceAll(/\\(["\\])/g, '$1');
  return JSON.parse(text);
}

function rowText(measurement: string, values: readonly (readonly [string, unknown])[]): RowText {
  const sorted = values.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([measurement, sorted]);
}
