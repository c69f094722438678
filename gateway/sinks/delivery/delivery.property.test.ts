import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StoredRecord, StreamId } from '#gateway/model/message.ts';
import { compileShaper } from '#gateway/sinks/shape/compile-shaper.ts';
import type { FilterRule } from '#gateway/sinks/shape/filter-rule.ts';
import { type FakePacket, packetKey } from './fake-target.ts';
import { covers, type HostileChoices, HostileRun, isPoison, LANES, WINDOW } from './hostile-run.ts';

const DROP: readonly FilterRule[] = [{ topics: ['noise/#'], drop: true }];
const REMEMBER: readonly FilterRule[] = [...DROP, { topics: ['sensors/level/+'], onChange: true }];
const EVENTS = 120;

async function playRuns(
  numRuns: number,
  choices: HostileChoices,
  check: (run: HostileRun) => void,
  found: readonly number[] = [],
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (seed) => {
      const run = new HostileRun(seed, choices);
      await run.play(EVENTS);
      checkAlways(run);
      check(run);
    }),
    { numRuns, examples: found.map((seed) => [seed]) },
  );
}

/** Nothing missing, nothing extra, no cursor ahead, within the bounds of both sides, over links that let it. */
function checkAlways(run: HostileRun): void {
  expect(run.violations).toEqual([]);
  const { arrived, most, grant, openCount } = run.target;
  const candidates = new Map(run.candidates.map((stored) => [packetKey(stored), stored]));
  const keys = new Set(arrived.map(packetKey));
  const isThere = (stored: StoredRecord) =>
    keys.has(packetKey(stored)) || arrived.some((packet) => packet.firstLost !== undefined && covers(packet, stored));
  const missing = run.candidates.filter((stored) => !isThere(stored));
  expect(run.remembers ? missing.filter((stored) => !run.isUnchanged(stored)) : missing).toEqual([]);
  const poisoned = run.candidates.filter(({ record }) => isPoison(Buffer.from(record.payload).toString()));
  const lost = run.journal.streams.flatMap((stream) =>
    stream.records.filter((record) => stream.isLost(record.sequence)),
  );
  expect(poisoned.filter((stored) => !run.isBuried(stored) && !lost.includes(stored))).toEqual([]);
  for (const packet of arrived) {
    if (packet.firstLost !== undefined) continue;
    expect(Buffer.from(candidates.get(packetKey(packet))?.record.payload ?? []).toString()).toBe(packet.text);
    expect(isPoison(packet.text)).toBe(false);
  }
  // The own window counts events and bytes; a single event larger than the window goes alone.
  expect(most.events).toBeLessThanOrEqual(WINDOW.maxEvents);
  if (!run.choices.poison && !run.choices.loss) expect(most.bytes).toBeLessThanOrEqual(WINDOW.maxBytes);
  expect(most.sends).toBeLessThanOrEqual(grant.maxInFlightSends);
  expect(openCount).toBe(0);
  expect(run.link?.overdrawnCount ?? 0).toBe(0);
}

/** First occurrences of events, in the order in which they came. */
function firstOccurrences(packets: readonly FakePacket[], stream: StreamId): readonly FakePacket[] {
  const seen = new Set<number>();
  return packets.filter((packet) => {
    if (packet.stream !== stream || packet.firstLost !== undefined || seen.has(packet.sequence)) return false;
    seen.add(packet.sequence);
    return true;
  });
}

/** What was in a refused batch comes behind what was under way; nothing else is overtaken [D1]. */
function expectRising({ target }: HostileRun, packets: readonly FakePacket[]): void {
  const sequences = packets.filter((packet) => !target.refused.has(packetKey(packet))).map(({ sequence }) => sequence);
  expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
}

/** With the newest first, what is new and what is filled in each have their order. */
function expectOrderInParts(run: HostileRun): void {
  for (const stream of LANES) {
    const first = firstOccurrences(run.target.arrived, stream);
    expectRising(
      run,
      first.filter(({ isReplayed }) => !isReplayed),
    );
    expectRising(
      run,
      first.filter(({ isReplayed }) => isReplayed),
    );
  }
}

/** Who was said to follow another is never said to follow none afterwards, whatever was restarted in between [D2]. */
function expectChain(run: HostileRun): void {
  for (const stream of LANES) {
    const followers = new Set<number>();
    for (const { sequence, prev } of run.target.arrived.filter((packet) => packet.stream === stream)) {
      if (prev !== 0) followers.add(sequence);
      else expect(followers).not.toContain(sequence);
    }
  }
}

/** What goes when every record is looked at once, in order. */
function forwardedInOrder(run: HostileRun, stream: StreamId): readonly number[] {
  const shaper = compileShaper(run.choices.filter);
  const memory = shaper.openMemory();
  return run.journal.stream(stream).records.flatMap(({ sequence, record }) => {
    const decision = shaper.decide(record, memory);
    if (decision.passes && decision.change !== undefined) memory.apply(decision.change);
    return decision.passes ? [sequence] : [];
  });
}

describe('a delivery loop against a remote that cuts, stalls, loses acknowledgements and refuses', () => {
  it('delivers what one look at the journal would have, in order, with an unbroken chain, through restarts and kills [D1 D2 D4 D7 J10]', async () => {
    await playRuns(50, { order: 'oldestFirst', filter: REMEMBER, isKilled: true }, (run) => {
      for (const stream of LANES) {
        const forwarded = forwardedInOrder(run, stream);
        const first = firstOccurrences(run.target.arrived, stream);
        expect(first.map(({ sequence }) => sequence)).toEqual(forwarded);
        for (const packet of run.target.arrived.filter((arrived) => arrived.stream === stream)) {
          expect(packet.prev).toBe(forwarded[forwarded.indexOf(packet.sequence) - 1] ?? 0);
        }
      }
    });
  });

  it('buries what is refused for good, tells it, and delivers the rest over any link [D1 D6 D7 D8 D9]', async () => {
    const choices = { filter: REMEMBER, poison: 0.08, hasLink: true, isKilled: true };
    await playRuns(50, { ...choices, order: 'oldestFirst' }, (run) => {
      for (const stream of LANES) expectRising(run, firstOccurrences(run.target.arrived, stream));
      for (const { stored } of run.letters.buried) {
        const key = packetKey({ ...stored, firstLost: stored.sequence });
        expect(run.target.arrived.map(packetKey)).toContain(key);
      }
    });
  });

  it('puts the newest first and fills the past in, each in order, with nothing missing [D1 D2 J10]', async () => {
    const check = (run: HostileRun) => {
      expectOrderInParts(run);
      expectChain(run);
      for (const stream of LANES) {
        const forwarded = forwardedInOrder(run, stream);
        for (const { prev, sequence } of run.target.arrived.filter((packet) => packet.stream === stream)) {
          expect([0, forwarded[forwarded.indexOf(sequence) - 1] ?? 0]).toContain(prev);
        }
      }
    };
    // In these a connection breaks just after the link went back to normal, with events of the past under way.
    await playRuns(45, { order: 'liveFirst', filter: DROP, hasLink: true }, check, [525507417, 525507507, 525507592]);
    await playRuns(20, { order: 'liveFirst', filter: DROP, hasLink: true, isKilled: true }, expectChain);
    await playRuns(20, { order: 'liveFirst', filter: DROP, hasLink: true, poison: 0.08 }, expectOrderInParts);
  });

  it('loses nothing in either order, whatever is killed, refused, lost and remembered [D1 D6 D9 J10]', async () => {
    const hostile = { poison: 0.05, hasLink: true, isKilled: true };
    await playRuns(30, { ...hostile, order: 'liveFirst', filter: REMEMBER }, () => {});
    await playRuns(30, { ...hostile, order: 'liveFirst', filter: DROP, loss: 0.3 }, () => {});
    await playRuns(30, { ...hostile, order: 'oldestFirst', filter: DROP, loss: 0.3 }, () => {});
  });
});
