import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { EventRecord } from '#gateway/model/message.ts';
import type { EventLog } from './event-log.ts';

/** Events as rows of one table, with the columns that a record has, and as durable as the journal's. */
export function openSqliteLog(folder: string): EventLog {
  const file = join(folder, 'events.sqlite');
  const database = new DatabaseSync(file);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
  database.exec(`CREATE TABLE events (
    sequence INTEGER PRIMARY KEY, topic TEXT NOT NULL, payload BLOB NOT NULL, wall_ms INTEGER NOT NULL, monotonic_us INTEGER NOT NULL,
    clock_run TEXT NOT NULL, quality TEXT NOT NULL, client_id TEXT NOT NULL, qos INTEGER NOT NULL
  )`);
  const insert = database.prepare(`INSERT INTO events
    (topic, payload, wall_ms, monotonic_us, clock_run, quality, client_id, qos) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`);
  const begin = database.prepare('BEGIN');
  const end = database.prepare('COMMIT');
  let commits = 0;
  const put = ({ topic, payload, stamp, clientId, qos }: EventRecord) => {
    const { wallMs, monotonicMs, clockRun, quality } = stamp;
    insert.run(topic, payload, wallMs, Math.round(monotonicMs * 1000), clockRun, quality, clientId, qos);
  };
  return {
    async commit(events) {
      begin.run();
      for (const event of events) put(event);
      end.run();
      commits++;
    },
    async *readLast(count) {
      const rows = database.prepare(
        'SELECT payload FROM events WHERE sequence > (SELECT max(sequence) FROM events) - ? ORDER BY sequence',
      );
      for (const { payload } of rows.iterate(count)) if (payload instanceof Uint8Array) yield payload;
    },
    commitCount: () => commits,
    async keptBytes() {
      database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      return (await stat(file)).size;
    },
    async [Symbol.asyncDispose]() {
      database.close();
    },
  };
}
