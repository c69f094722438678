import { describe, expect, it } from 'vitest';
import { WaystationError } from '#gateway/model/errors.ts';
import type { LinkStatus } from '#gateway/model/link-status.ts';
import type { LaneStatus } from '#gateway/model/sink-status.ts';
import { ALERTS, TELEMETRY } from '#gateway/sinks/delivery/timeline.ts';
import { judgePower, type PowerView } from './judge-power.ts';

const STREAM = { id: TELEMETRY, unsyncedCount: 0, refusal: undefined };
const DONE: LaneStatus = { stream: TELEMETRY, acknowledgedSequence: 9, backlogCount: 0, isDrained: true };
const OWING: LaneStatus = { ...DONE, backlogCount: 4, isDrained: false };
const LETTERS = { sink: 'hub', count: 7, redrivingCount: 0, buriedCount: 0, evictedCount: 0 };

function judge(changes: Partial<PowerView>) {
  return judgePower({ streams: [STREAM], sinks: [], deadLetters: { sinks: [] }, ...changes });
}

const LINK: LinkStatus = {
  ...{ id: 'sim', mode: 'normal', modeFrom: 'configuration', state: 'open' },
  ...{ sentBytes: 0, receivedBytes: 0, connectionCount: 0 },
  day: { usedBytes: 0, reserveBytes: 0, basis: 'date' },
};

/** A sink with a backlog, held up by its link. */
function heldBy(changes: Partial<LinkStatus>, state: 'online' | 'held' = 'online'): Partial<PowerView> {
  const sink = { id: 'hub', link: 'sim', state, lanes: [{ ...OWING, isHeld: true as const }] };
  return { sinks: [{ ...sink, lastError: 'hub.unreachable: long ago' }], links: [{ ...LINK, ...changes }] };
}

function sinkThat(state: PowerView['sinks'][number]['state'], lanes: readonly LaneStatus[], lastError?: string) {
  return { sinks: [{ id: 'hub', state, lanes, ...(lastError === undefined ? {} : { lastError }) }] };
}

describe('it is safe to cut the power', () => {
  it.each([
    ['nothing was ever accepted', {}],
    ['each sink has had everything', sinkThat('online', [DONE])],
    ['a sink that owes nothing is paused', sinkThat('paused', [DONE], 'hub.refused: no')],
    ['a sink that owes nothing has a link that is off', sinkThat('held', [DONE])],
    ['a sink that owes nothing cannot be reached', sinkThat('waiting', [DONE], 'hub.unreachable: no')],
    ['dead letters wait for a person', { deadLetters: { sinks: [LETTERS] } }],
  ])('when %s', (_, changes) => {
    expect(judge(changes)).toEqual({ safe: true, pending: [] });
  });
});

describe('it is not safe to cut the power', () => {
  const owed = { what: 'sink', sink: 'hub', stream: TELEMETRY, count: 4 };
  const full = new WaystationError('journal.full', 'Appending: the disk is full.');
  it.each([
    [
      'records are not synced',
      { streams: [{ ...STREAM, unsyncedCount: 3 }] },
      { what: 'journal', count: 3, state: 'underWay', why: 'not synced yet' },
    ],
    [
      'the journal refuses what comes',
      { streams: [{ ...STREAM, refusal: full }] },
      { what: 'journal', count: 0, state: 'stuck', why: full.summary },
    ],
    ['a sink is still sending', sinkThat('online', [OWING]), { ...owed, state: 'underWay', why: 'being sent' }],
    ['it waits for room on its link', heldBy({}), { ...owed, state: 'held', why: 'waits for room on its link sim' }],
    ['its link is metered', heldBy({ mode: 'metered' }), { ...owed, state: 'held', why: 'its link sim is metered' }],
    [
      'only the reserve is left',
      heldBy({ state: 'reserved' }),
      { ...owed, state: 'held', why: 'only the reserve of the day is left on its link sim' },
    ],
    [
      'the budget is spent',
      heldBy({ state: 'spent' }, 'held'),
      { ...owed, state: 'held', why: 'the budget of its link sim is spent' },
    ],
    [
      'its link is off',
      heldBy({ mode: 'off', state: 'off' }, 'held'),
      { ...owed, state: 'held', why: 'its link sim is off' },
    ],
    [
      'it is about to reach its target',
      sinkThat('connecting', [OWING]),
      { ...owed, state: 'underWay', why: 'connecting' },
    ],
    [
      'it needs a person',
      sinkThat('paused', [OWING], 'hub.refused:\nno'),
      { ...owed, state: 'stuck', why: 'paused: hub.refused: no' },
    ],
    [
      'it has not come to an event that its filter leaves out',
      sinkThat('online', [{ ...OWING, backlogCount: 0 }]),
      { ...owed, count: 1, why: 'being sent' },
    ],
    [
      'its target is to be told of a loss',
      sinkThat('online', [{ ...OWING, backlogCount: 0, lost: 6 }]),
      { ...owed, count: 6, why: 'being sent' },
    ],
    [
      'a letter is to be tried again',
      { ...sinkThat('online', [DONE]), deadLetters: { sinks: [{ ...LETTERS, redrivingCount: 2 }] } },
      { what: 'redrive', sink: 'hub', count: 2, why: 'being sent' },
    ],
  ])('when %s', (_, changes, expected) => {
    expect(judge(changes)).toEqual({ safe: false, pending: [expect.objectContaining(expected)] });
  });

  it('says exactly what is left', () => {
    const lanes = [{ ...OWING, stream: ALERTS, backlogCount: 1 }, OWING, DONE];
    expect(judge({ streams: [{ ...STREAM, unsyncedCount: 2 }], ...sinkThat('online', lanes) }).pending).toMatchObject([
      { what: 'journal', count: 2 },
      { stream: ALERTS, count: 1 },
      { stream: TELEMETRY, count: 4 },
    ]);
  });
});
