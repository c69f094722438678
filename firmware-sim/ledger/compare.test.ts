import { describe, expect, it } from 'vitest';
import { Comparison, compareLedger, type ReceivedEvent } from './compare.ts';
import type { LedgerLine, Values } from './ledger-line.ts';

const made = (counter: number, values: Values = {}): LedgerLine => ({
  source: 'can0',
  key: `EngineData:${counter}`,
  at: 1000 + counter * 100,
  values: { Counter: counter, ...values },
});

/** @param sequence of its id, where it differs from the counter */
const heard = (counter: number, sequence = counter, values: Values = {}): ReceivedEvent => ({
  id: `/gateways/g/telemetry/e/${sequence}`,
  source: 'can0',
  key: `EngineData:${counter}`,
  values: { Counter: counter, ...values },
});

const LINES = [made(1), made(2), made(3)];
const RIGHT = { made: 3, missing: 0, extra: 0, repeated: 0, outOfOrder: 0, wrongValues: 0, unheard: 0 };

describe('compareLedger', () => {
  it.each<[string, readonly LedgerLine[], readonly ReceivedEvent[], Partial<typeof RIGHT>]>([
    ['finds nothing where all is right', LINES, [heard(1), heard(2), heard(3)], {}],
    ['counts what never came as missing', LINES, [heard(1), heard(3)], { missing: 1 }],
    ['counts a backlog as missing in the end', LINES, [], { missing: 3 }],
    [
      'counts a repeated id once for each repeat',
      LINES,
      [heard(1), heard(2), heard(1), heard(2), heard(3)],
      { repeated: 2 },
    ],
    ['counts a second id for one key as extra', LINES, [heard(1), heard(2), heard(2, 9), heard(3)], { extra: 1 }],
    ['counts what was never made as extra', LINES, [heard(1), heard(2), heard(3), heard(4)], { extra: 1 }],
    ['counts a first occurrence behind a later one', LINES, [heard(2), heard(1), heard(3)], { outOfOrder: 1 }],
    ['does not blame a repeat for its place', LINES, [heard(1), heard(2), heard(3), heard(1)], { repeated: 1 }],
    ['finds a value that differs', LINES, [heard(1), heard(2, 2, { Counter: 7 }), heard(3)], { wrongValues: 1 }],
    [
      'excuses what nobody may have heard',
      [...LINES, { source: 'can0', unheardFrom: 1150, unheardTo: 1250 }],
      [heard(1), heard(3)],
      { unheard: 1 },
    ],
    [
      'excuses nothing outside the span, nor of another source',
      [
        ...LINES,
        { source: 'can0', unheardFrom: 1201, unheardTo: 1299 },
        { source: 'gps0', unheardFrom: 0, unheardTo: 9999 },
      ],
      [heard(1), heard(3)],
      { missing: 1 },
    ],
    [
      'does not count as unheard what was heard after all',
      [...LINES, { source: 'can0', unheardFrom: 1150, unheardTo: 1250 }],
      [heard(1), heard(2), heard(3)],
      {},
    ],
    [
      'excuses what fell out of the device, and what is left of it',
      [...LINES, { source: 'can0', overrun: 'EngineData:2' }, { source: 'can0', overrun: 'EngineData:3' }],
      [heard(1), heard(3, 3, { Counter: 7 })],
      { unheard: 1 },
    ],
    [
      'lets come again what was sent again, as often as it was',
      [...LINES, { source: 'can0', resent: ['EngineData:1', 'EngineData:2'] }],
      [heard(1), heard(2), heard(1, 11), heard(2, 12), heard(3), heard(2, 13)],
      { extra: 1 },
    ],
    [
      'has nothing to say of a playback',
      [{ source: 'can0', played: 1, at: 1000, text: '…' }],
      [heard(1), heard(2)],
      { made: 0 },
    ],
  ])('%s', (_, lines, events, difference) => {
    expect(compareLedger(lines, events)).toMatchObject({ ...RIGHT, ...difference });
  });

  it('allows for the last decimal of an NMEA sentence, not for more', () => {
    const epoch: LedgerLine = { source: 'gps0', key: 't', at: 1, values: { latitude: 48.1, speedKmh: 50 } };
    const event = (values: Values): ReceivedEvent => ({ id: 'g/1', source: 'gps0', key: 't', values });
    expect(compareLedger([epoch], [event({ latitude: 48.1 + 5e-8, speedKmh: 50.001 })]).wrongValues).toBe(0);
    expect(compareLedger([epoch], [event({ latitude: 48.1 + 2e-7, speedKmh: 50 })]).wrongValues).toBe(1);
    expect(compareLedger([epoch], [event({ latitude: 48.1 })]).wrongValues).toBe(1);
    expect(compareLedger([epoch], [event({ latitude: 48.1, speedKmh: 'fast' })]).wrongValues).toBe(1);
  });

  it('gives an account of each source', () => {
    const epoch: LedgerLine = { source: 'gps0', key: 't', at: 1, values: {} };
    const audit = compareLedger([...LINES, epoch], [heard(1), heard(2), heard(3)]);
    expect(audit.sources.gps0).toMatchObject({ made: 1, missing: 1 });
    expect(audit.sources.can0).toMatchObject({ made: 3, missing: 0 });
    expect(audit).toMatchObject({ made: 4, missing: 1 });
  });
});

describe('Comparison', () => {
  it('calls a hole missing only once a later event has come', () => {
    const comparison = new Comparison();
    for (const line of LINES) comparison.noteLine(line);
    comparison.noteEvent(heard(1));
    expect(comparison.verdict().missing).toBe(0);
    comparison.noteEvent(heard(3));
    expect(comparison.verdict().missing).toBe(1);
    comparison.noteEvent(heard(2));
    expect(comparison.verdict()).toMatchObject({ missing: 0, outOfOrder: 1 });
  });

  it('counts events that no ledger accounts for, and leaves it at that', () => {
    const comparison = new Comparison();
    comparison.noteEvent({ id: 'g/1' });
    comparison.noteEvent({ id: 'g/1' });
    expect(comparison.received).toBe(2);
    expect(comparison.distinct).toBe(1);
    expect(comparison.verdict()).toEqual({ missing: 0, extra: 0, repeated: 1, outOfOrder: 0, wrongValues: 0 });
  });
});
