import { expect, it } from 'vitest';
import { streamNamed } from '#gateway/model/testing/sample-status.ts';
import { summarizePower } from './summarize-power.ts';

const stream = streamNamed('telemetry');
const sent = { what: 'sink', sink: 'influx', stream, count: 1, state: 'underWay', why: 'being sent' } as const;
const held = { ...sent, sink: 'hub', count: 3, state: 'held', why: 'its link sim is metered' } as const;
const stuck = { ...sent, sink: 'hook', state: 'stuck', why: 'paused: webhook.refused' } as const;

it('says in one line whether the power may be cut', () => {
  expect(summarizePower({ safe: true, pending: [] })).toMatchObject({ condition: 'good', word: 'Safe to power off' });
});

it('sums up over the lanes of each sink', () => {
  const pending = [
    { what: 'journal', stream, count: 1, state: 'underWay', why: 'not synced yet' },
    { ...sent, sink: 'hub', count: 1200 },
    { ...sent, sink: 'hub', stream: streamNamed('alerts'), count: 34 },
    { what: 'redrive', sink: 'influx', count: 1, state: 'underWay', why: 'being sent' },
  ] as const;
  expect(summarizePower({ safe: false, pending })).toEqual({
    condition: 'busy',
    word: 'Not safe to power off',
    text: '1 event to be synced; hub has not had 1,234 events; influx has not had 1 event.',
  });
});

it('says which link holds a sink back, and why', () => {
  const pending = [held, { ...held, stream: streamNamed('alerts'), count: 2 }];
  expect(summarizePower({ safe: false, pending }).text).toBe('hub has not had 5 events: its link sim is metered.');
});

it.each([
  ['what is on its way is busy', [sent, held], 'busy'],
  ['what a link holds back on purpose is neither good nor bad', [held], 'idle'],
  ['what is stuck is bad, whatever else there is', [sent, held, stuck], 'bad'],
] as const)('tells apart: %s', (_, pending, condition) => {
  expect(summarizePower({ safe: false, pending }).condition).toBe(condition);
});
