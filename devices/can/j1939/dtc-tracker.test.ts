import { expect, it } from 'vitest';
import { decodeDiagnosticMessage, decodeDtc, encodeDiagnosticMessage, encodeDtc } from './diagnostic-message.ts';
import { type DtcChange, DtcTracker, MAX_DTC_SOURCES, MAX_TRACKED_DTCS } from './dtc-tracker.ts';

const NAME = 0x1000_0000_0000_0001n;

function code(spn: number, fmi = 3, occurrenceCount = 1) {
  return decodeDtc(encodeDtc({ spn, fmi, occurrenceCount }));
}

/** A timeline: DM1 of nodes, one after the other. */
function openTracker() {
  const changes: DtcChange[] = [];
  const tracker = new DtcTracker((change) => changes.push(change));
  let nowMs = 0;
  const hear = (data: Uint8Array, source: number, name: bigint | undefined) => {
    nowMs += 1000;
    const message = decodeDiagnosticMessage(data);
    return message.isDecoded ? tracker.take(source, name, message.value, nowMs) : undefined;
  };
  return {
    tracker,
    /** What changed since it was asked last: `+110` raised, `-110` cleared. */
    changes: () =>
      changes.splice(0).map(({ state, dtc }) => `${state === 'raised' ? '+' : '-'}${dtc.spn ?? dtc.bits.toString(16)}`),
    taken: () => changes.splice(0),
    active: (spns: readonly number[], source = 0, name?: bigint) =>
      hear(
        encodeDiagnosticMessage(
          { amberWarning: 'on' },
          spns.map((spn) => code(spn)),
        ),
        source,
        name,
      ),
    hex: (hex: string, source = 0) => hear(Buffer.from(hex, 'hex'), source, undefined),
  };
}

it('raises a code when two cycles in a row have it', () => {
  const { active, changes } = openTracker();
  active([110]);
  expect(changes()).toEqual([]);
  active([110]);
  expect(changes()).toEqual(['+110']);
  active([110]);
  expect(changes()).toEqual([]);
});

it('raises a code when two of three cycles have it, not when two of four have', () => {
  const { active, changes } = openTracker();
  for (const spns of [[110, 111], [112], [110]]) active(spns);
  expect(changes()).toEqual(['+110']);
  active([111]);
  expect(changes()).toEqual([]);
});

it('clears a code after three cycles without it', () => {
  const { active, changes } = openTracker();
  for (const spns of [[110, 111], [110, 111], [111], [111]]) active(spns);
  expect(changes()).toEqual(['+110', '+111']);
  active([111]);
  expect(changes()).toEqual(['-110']);
});

it('keeps a code that comes back within three cycles', () => {
  const { active, changes } = openTracker();
  for (const spns of [[110], [110], [111], [111], [110], [111], [111]]) active(spns);
  expect(changes()).toEqual(['+110', '+111']);
});

it('clears all codes of a node that says it has none, and forgets those that were not confirmed', () => {
  const { active, hex, changes } = openTracker();
  active([110]);
  active([110, 111]);
  hex('00FF00000000FFFF');
  expect(changes()).toEqual(['+110', '-110']);
  active([111]);
  expect(changes()).toEqual([]);
});

it('takes three cycles to believe a DM1 that says nothing of codes', () => {
  const { active, hex, changes } = openTracker();
  active([110]);
  active([110]);
  hex('00FFFFFFFFFFFFFF');
  hex('40FF00000000FFFF');
  expect(changes()).toEqual(['+110']);
  hex('00FFFFFFFFFFFFFF');
  expect(changes()).toEqual(['-110']);
});

it('clears nothing for a DM1 that is not available, or does not come', () => {
  const { active, hex, changes } = openTracker();
  active([110]);
  active([110]);
  for (let cycle = 0; cycle < 9; cycle++) hex('FFFFFFFFFFFFFFFF');
  for (let cycle = 0; cycle < 9; cycle++) active([200], 1);
  expect(changes()).toEqual(['+110', '+200']);
});

it('tells nodes, SPN and FMI apart, not occurrence counts', () => {
  const { hex, changes, taken } = openTracker();
  hex('04FF6E000301FFFF');
  hex('04FF6E000302FFFF');
  expect(changes()).toEqual(['+110']);
  hex('04FF6E000402FFFF');
  hex('04FF6E000402FFFF');
  hex('04FF6E000302FFFF', 1);
  hex('04FF6E000302FFFF', 1);
  expect(taken().map(({ source, dtc: { fmi } }) => [source, fmi])).toEqual([
    [0, 4],
    [1, 3],
  ]);
});

it('follows codes whose SPN cannot be told by their bytes', () => {
  const { hex, changes } = openTracker();
  hex('04FF6E000381FFFF');
  hex('04FF6E000381FFFF');
  expect(changes()).toEqual(['+8103006e']);
});

it('tells when a code was seen first, and whether it was there before anybody listened', () => {
  const { active, taken } = openTracker();
  active([110]);
  active([110, 111]);
  active([110, 111]);
  expect(taken()).toMatchObject([
    { dtc: { spn: 110 }, firstSeenMs: 1000, lastSeenMs: 2000, isOnsetUnknown: true, lamps: { amberWarning: 'on' } },
    { dtc: { spn: 111 }, firstSeenMs: 2000, lastSeenMs: 3000, isOnsetUnknown: false },
  ]);
});

it('keeps codes of a NAME over another address', () => {
  const { active, taken } = openTracker();
  active([110], 0x17, NAME);
  active([110], 0x80, NAME);
  active([110], 0x80, NAME);
  for (let cycle = 0; cycle < 3; cycle++) active([111], 0x80, NAME);
  expect(taken().map(({ state, source, dtc }) => [state, source, dtc.spn])).toEqual([
    ['raised', 0x80, 110],
    ['raised', 0x80, 111],
    ['cleared', 0x80, 110],
  ]);
});

it('hands the codes of an address to the NAME that claims it', () => {
  const { active, tracker, changes } = openTracker();
  active([110]);
  active([110]);
  tracker.identify(0, NAME);
  active([110], 0, NAME);
  for (let cycle = 0; cycle < 3; cycle++) active([111], 0, NAME);
  expect(changes()).toEqual(['+110', '+111', '-110']);
});

it('follows a bounded number of codes and nodes', () => {
  const { active, hex } = openTracker();
  const many = (from: number) => Array.from({ length: 256 }, (_, index) => from + index);
  for (let source = 0; source < MAX_TRACKED_DTCS / 256; source++) expect(active(many(1), source)).toBeUndefined();
  expect(active([1], 200)).toBe('too-many-dtcs');
  // Codes that are gone make room.
  hex('00FF00000000FFFF');
  expect(active([1], 200)).toBeUndefined();
  const { tracker } = openTracker();
  const empty = { lamps: {}, dtcs: [], content: 'blank' } as const;
  for (let node = 0; node < 3 * MAX_DTC_SOURCES; node++) {
    expect(tracker.take(0, BigInt(node), empty, node)).toBeUndefined();
  }
});
