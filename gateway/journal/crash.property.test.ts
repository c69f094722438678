import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Cursor, JournalStream } from './journal.ts';
import { MemoryStorage } from './memory-storage.ts';
import {
  openTestJournal,
  readAll,
  sampleRecord,
  seededRandom,
  TELEMETRY,
  type TestJournal,
} from './open-test-journal.ts';

/** What one run of the process does until it dies. */
type Command =
  | { readonly do: 'append'; readonly count: number; readonly sizeBytes: number; readonly isAwaited: boolean }
  | { readonly do: 'advance'; readonly fraction: number; readonly isPersisted: boolean }
  | { readonly do: 'tick' }
  | { readonly do: 'read' }
  | {
      readonly do: 'fail';
      readonly operation: 'write' | 'datasync' | 'syncDirectory';
      readonly code: string;
      readonly count: number;
    };

interface Life {
  readonly commands: readonly Command[];
  /** Calls of the storage after which the process dies. */
  readonly operationCount: number;
  readonly death: 'kill' | 'powerCut';
  readonly seed: number;
}

const commands: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      count: fc.integer({ min: 1, max: 6 }),
      sizeBytes: fc.integer({ min: 1, max: 1500 }),
      isAwaited: fc.boolean(),
    }),
  },
  fc.record({
    do: fc.constant('advance' as const),
    fraction: fc.double({ min: 0, max: 1, noNaN: true }),
    isPersisted: fc.boolean(),
  }),
  fc.record({ do: fc.constant('tick' as const) }),
  fc.record({ do: fc.constant('read' as const) }),
  fc.record({
    do: fc.constant('fail' as const),
    operation: fc.constantFrom('write', 'datasync', 'syncDirectory'),
    code: fc.constantFrom('EIO', 'ENOSPC'),
    count: fc.integer({ min: 1, max: 4 }),
  }),
);

const histories: fc.Arbitrary<readonly Life[]> = fc.array(
  fc.record({
    commands: fc.array(commands, { minLength: 1, maxLength: 12 }),
    operationCount: fc.integer({ min: 1, max: 120 }),
    death: fc.constantFrom('kill', 'powerCut'),
    seed: fc.nat(),
  }),
  { minLength: 1, maxLength: 5 },
);

/** What an outside observer knows of one journal over all its lives. */
class Observer {
  readonly #answered = new Map<number, string>();
  readonly #assigned = new Map<number, Set<string>>();
  readonly #seen = new Map<string, string>();
  #epoch: string | undefined;
  #saidSequence = 0;
  #persistedSequence = 0;
  #textCount = 0;

  append(stream: JournalStream, sizeBytes: number): Promise<void> {
    const text = `${++this.#textCount} `.padEnd(sizeBytes, 'x');
    return new Promise((resolve) => {
      const sequence: number = stream.append(sampleRecord(text), (error) => {
        if (error === undefined) this.#answered.set(sequence, text);
        resolve();
      });
      this.#assigned.set(sequence, (this.#assigned.get(sequence) ?? new Set()).add(text));
    });
  }

  async advance(cursor: Cursor, sequence: number, isPersisted: boolean): Promise<void> {
    if (sequence < cursor.acknowledgedSequence) return;
    this.#saidSequence = Math.max(this.#saidSequence, sequence);
    cursor.advance(sequence, sequence);
    if (!isPersisted) return;
    const isDurable = await cursor.persist().then(
      () => true,
      () => false,
    );
    if (isDurable) this.#persistedSequence = Math.max(this.#persistedSequence, sequence);
  }

  /** Checks all that can be read against all that is known. */
  async inspect(stream: JournalStream): Promise<void> {
    const records = await readAll(stream);
    // Sequences are dense, from the first on, and the epoch goes on [J2 J3].
    expect(records.map(({ sequence }) => sequence)).toEqual(records.map((_, index) => index + 1));
    if (records.length > 0) this.#epoch ??= stream.epoch;
    expect(records.every(({ epoch }) => epoch === this.#epoch)).toBe(true);
    // Whatever was answered is there [J1].
    for (const [sequence, text] of this.#answered) {
      expect(Buffer.from(records[sequence - 1]?.record.payload ?? []).toString()).toBe(text);
    }
    for (const { sequence, record } of records) {
      const text = Buffer.from(record.payload).toString();
      // Nothing is there that was not appended with this sequence [J2], and what was once read never changes [D2].
      expect(this.#assigned.get(sequence)).toContain(text);
      expect(this.#seen.get(`${sequence}`) ?? text).toBe(text);
      this.#seen.set(`${sequence}`, text);
    }
  }

  inspectCursor(cursor: Cursor): void {
    expect(cursor.acknowledgedSequence).toBeLessThanOrEqual(this.#saidSequence);
    expect(cursor.acknowledgedSequence).toBeGreaterThanOrEqual(this.#persistedSequence);
  }
}

async function live(opened: TestJournal<MemoryStorage>, observer: Observer, life: Life): Promise<void> {
  const { journal, stream, storage, clock } = opened;
  const cursor = await journal.openCursor('hub', TELEMETRY, 'oldest');
  observer.inspectCursor(cursor);
  for (const command of life.commands) {
    if (command.do === 'append') {
      const answers = Array.from({ length: command.count }, () => observer.append(stream, command.sizeBytes));
      if (command.isAwaited) await Promise.all(answers);
    } else if (command.do === 'advance') {
      await observer.advance(cursor, Math.floor(stream.syncedSequence * command.fraction), command.isPersisted);
    } else if (command.do === 'tick') {
      await clock.advance(1000);
    } else if (command.do === 'read') {
      await observer.inspect(stream);
    } else {
      storage.failNext(command.operation, command.code, command.count);
    }
  }
}

it('recovers from any crash what was answered, in order, once, with cursors that never lead [J1 J2 J3 J10]', async () => {
  await fc.assert(
    fc.asyncProperty(histories, async (lives) => {
      const observer = new Observer();
      let storage = new MemoryStorage();
      for (const [index, life] of lives.entries()) {
        const current = storage;
        current.dieAfter(life.operationCount);
        const living = (async () => {
          const opened = await openTestJournal(current, { seed: index, segmentBytes: 16_384 });
          await observer.inspect(opened.stream);
          await live(opened, observer, life);
        })();
        await Promise.race([living, current.died]);
        storage = life.death === 'kill' ? current.kill() : current.powerCut(seededRandom(life.seed));
      }
      const last = await openTestJournal(storage, { seed: 77, segmentBytes: 16_384 });
      await observer.inspect(last.stream);
      observer.inspectCursor(await last.journal.openCursor('hub', TELEMETRY, 'oldest'));
      await observer.append(last.stream, 10);
      await observer.inspect(last.stream);
    }),
    { numRuns: 500 },
  );
});
