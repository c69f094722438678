import { expect, it } from 'vitest';
import { streamNamed } from '#gateway/model/testing/sample-status.ts';
import { summarizePower } from './summarize-power.ts';

const stream = streamNamed('telemetry');

it('says in one line whether the power may be cut', () => {
  expect(summarizePower({ safe: true, pending: [] })).toMatchObject({ condition: 'good', word: 'Safe to power off' });
});

it('sums up over the lanes of each sink', () => {
  const pending = [
    { what: 'journal', stream, count: 1, why: 'not synced yet' },
    { what: 'sink', sink: 'hub', stream, count: 1200, why: 'being sent' },
    { what: 'sink', sink: 'hub', stream: streamNamed('alerts'), count: 34, why: 'being sent' },
    { what: 'redrive', sink: 'influx', count: 1, why: 'being sent' },
  ] as const;
  expect(summarizePower({ safe: false, pending })).toEqual({
    condition: 'busy',
    word: 'Not safe to power off',
    text: '1 event to be synced; hub has not had 1,234 events; influx has not had 1 event.',
  });
});

it('tells what waits for something from what is on its way', () => {
  const held = { what: 'sink', sink: 'hub', stream, count: 3, why: 'its link is off' } as const;
  const sent = { ...held, sink: 'influx', why: 'being sent' };
  expect(summarizePower({ safe: false, pending: [sent] }).condition).toBe('busy');
  expect(summarizePower({ safe: false, pending: [sent, held] }).condition).toBe('bad');
});
