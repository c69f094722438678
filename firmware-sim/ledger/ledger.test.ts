import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLedger, readLedgerLines } from './ledger.ts';
import { parseLedgerLine } from './ledger-line.ts';
import { NdjsonTail } from './ndjson-tail.ts';

let dir: string;
let path: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ledger-'));
  path = join(dir, 'sim', 'ledger.ndjson');
});

afterEach(() => rmSync(dir, { recursive: true }));

describe('openLedger', () => {
  it('goes on where the run before left off', () => {
    {
      using ledger = openLedger(path);
      ledger.make('can0', 'EngineData:7', 1000, { Counter: 7 });
      ledger.make('can0', 'Transmission:3', 1001, { Counter: 3 });
      ledger.make('tyre-monitor', '41', 1002, { count: 41 });
      ledger.make('gps0', '2026-11-20T12:00:00.500Z', 1003, {});
      ledger.overrun('gps0', '2026-11-20T12:00:00.500Z');
    }
    using ledger = openLedger(path);
    expect(ledger.made).toEqual({ gps0: 1, can0: 2, 'tyre-monitor': 1 });
    expect(ledger.lastCounter('can0', 'EngineData')).toBe(7);
    expect(ledger.lastCounter('can0', 'Transmission')).toBe(3);
    expect(ledger.lastCounter('can0', 'FuelAndDistance')).toBe(0);
    expect(ledger.lastCounter('tyre-monitor', '')).toBe(41);
    expect(ledger.lastKey('gps0')).toBe('2026-11-20T12:00:00.500Z');
    expect(ledger.lastAt('gps0')).toBe(1003);
  });

  it('passes over a line that a crash cut short, and writes on after it', () => {
    {
      using ledger = openLedger(path);
      ledger.make('tyre-monitor', '1', 1000, {});
    }
    appendFileSync(path, '{"source":"tyre-monitor","ke');
    {
      using ledger = openLedger(path);
      ledger.make('tyre-monitor', '2', 1001, {});
    }
    using tail = new NdjsonTail(path);
    expect([...readLedgerLines(tail)].map((line) => 'key' in line && line.key)).toEqual(['1', '2']);
  });

  it('counts as unheard what was made in the span, and writes nothing when that is nothing', () => {
    using ledger = openLedger(path);
    for (const at of [100, 200, 300]) ledger.make('can0', `EngineData:${at}`, at, {});
    ledger.unheard('can0', 150, 250);
    ledger.unheard('can0', 301, 999);
    ledger.unheard('gps0', 0, 999);
    expect(ledger.unheardCount).toBe(1);
    const written = readFileSync(path, 'utf8').trimEnd().split('\n');
    expect(written.at(-1)).toBe('{"source":"can0","unheardFrom":150,"unheardTo":250}');
    expect(written).toHaveLength(4);
  });
});

describe('NdjsonTail', () => {
  it('gives each line once, when it is whole', () => {
    using tail = new NdjsonTail(join(dir, 'lines'));
    expect([...tail.readNew()]).toEqual([]);
    appendFileSync(join(dir, 'lines'), 'one\ntw');
    expect([...tail.readNew()]).toEqual(['one']);
    appendFileSync(join(dir, 'lines'), 'o\nthree\n');
    expect([...tail.readNew()]).toEqual(['two', 'three']);
    expect([...tail.readNew()]).toEqual([]);
  });

  it('reads lines longer than what it reads at once, and characters on the seam', () => {
    const lines = ['ä'.repeat(100_000), 'b', 'ü'.repeat(70_001)];
    appendFileSync(join(dir, 'lines'), `${lines.join('\n')}\n`);
    using tail = new NdjsonTail(join(dir, 'lines'));
    expect([...tail.readNew()]).toEqual(lines);
  });
});

describe('parseLedgerLine', () => {
  it.each([
    '',
    '{',
    'null',
    '[]',
    '{}',
    '{"source":"gps1","key":"a","at":1,"values":{}}',
    '{"source":"gps0","key":"a"}',
  ])('is not deceived by %s', (text) => {
    expect(parseLedgerLine(text)).toBeUndefined();
  });
});
