import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CHECKOUT } from '#tests/support/checkout.ts';
import { MeasurementLog } from './measurement.ts';
import { reportText, type ScenarioResult, scenarioRows } from './report.ts';
import { loadResults } from './results.ts';

const RATE = { scenario: 'durable', what: 'rate', unit: 'messages/s' } as const;

function measured(rates: Readonly<Record<string, readonly number[]>>) {
  const log = new MeasurementLog();
  for (const [subject, samples] of Object.entries(rates)) {
    for (const sample of samples) log.add({ ...RATE, subject }, sample);
  }
  return log.all();
}

const RESULT: ScenarioResult = {
  scenario: 'durable',
  date: '2026-11-20',
  machine: {
    processor: 'Cortex-A72',
    coreCount: 4,
    memoryGib: 4,
    kernel: '6.1.0',
    node: '24.21.0',
    fileSystem: 'ext4',
    loadAverage: 0.25,
  },
  roundCount: 3,
  loadMs: 2000,
  peers: ['Waystation 0.1.0', 'Aedes 1.2.0'],
  missing: ['Mosquitto (not installed)'],
  measurements: measured({ Waystation: [90, 100, 80], Aedes: [45, 50, 40] }),
};

it('gives median, range and the ratio to Mosquitto', () => {
  const rows = scenarioRows(measured({ Waystation: [120_000, 100_000, 90_000], Mosquitto: [60_000, 50_000, 45_000] }));
  expect(rows).toEqual([
    ['quantity', 'of', 'median', 'range', 'unit', 'to Mosquitto'],
    ['rate', 'Waystation', '100,000', '90,000 to 120,000', 'messages/s', '2.00 ×'],
    ['rate', 'Mosquitto', '50,000', '45,000 to 60,000', 'messages/s', '1.00 ×'],
  ]);
});

it('compares the journal with SQLite', () => {
  const rows = scenarioRows(measured({ Waystation: [300, 400, 500], SQLite: [100, 100, 100] }));
  expect(rows.map((row) => row.at(-1))).toEqual(['to SQLite', '4.00 ×', '1.00 ×']);
});

it('compares with Aedes when Mosquitto is missing, and with nobody when alone', () => {
  expect(scenarioRows(RESULT.measurements)[1]).toEqual([
    'rate',
    'Waystation',
    '90.0',
    '80.0 to 100',
    'messages/s',
    '2.00 ×',
  ]);
  expect(scenarioRows(measured({ Waystation: [1] }))[0]).not.toContain('to Aedes');
});

it('names machine, brokers, what was left out, and only what was measured', () => {
  const text = reportText([RESULT]);
  expect(text).toContain('Cortex-A72, 4 cores, 4 GiB; Linux 6.1.0; Node 24.21.0; journal on ext4.');
  expect(text).toContain('(2026-11-20: Waystation 0.1.0, Aedes 1.2.0; 3 rounds of 2 s, load average 0.3 before.');
  expect(text).toContain('Left out: Mosquitto (not installed).');
  expect(text).toContain('## Durable QoS 1');
  expect(text).not.toContain('## Cold start');
});

it('says where a scenario was measured on another day or machine than the newest', () => {
  const older = {
    ...RESULT,
    scenario: 'memory' as const,
    date: '2026-11-19',
    machine: { ...RESULT.machine, node: '24.20.0' },
  };
  const text = reportText([older, RESULT]);
  expect(text).toContain('(2026-11-19 on Cortex-A72, 4 cores, 4 GiB; Linux 6.1.0; Node 24.20.0; journal on ext4: ');
  expect(text).toContain('(2026-11-20: ');
});

it('says what the kept samples say', async () => {
  expect(await readFile(join(CHECKOUT, 'docs/benchmarks.md'), 'utf8')).toBe(reportText(await loadResults()));
});

it('keeps the rows of a quantity together, whatever the order of the samples', () => {
  const log = new MeasurementLog();
  for (const subject of ['a', 'b']) {
    log.add({ ...RATE, subject }, 1);
    log.add({ ...RATE, what: 'PUBACK median', subject, unit: 'ms' }, undefined);
    log.add({ ...RATE, what: 'other', subject }, 2);
  }
  expect(log.all().map(({ what, subject }) => `${what} ${subject}`)).toEqual([
    'rate a',
    'rate b',
    'other a',
    'other b',
  ]);
});
