import { expect, it } from 'vitest';
import { judgeRows } from './judge-rows.ts';
import { valuesOf } from './memory-filter.ts';

const row = (counter: number, other: object = {}) =>
  JSON.stringify(['mqtt.message', Object.entries({ counter, ...valuesOf(counter), time: counter, ...other })]);
const ALL = [row(1), row(2), '["clock.step",[["stepMs",1],["time",1]]]'];
const never = () => false;

it('finds nothing wrong where every record has its row', () => {
  expect(judgeRows({ rows: ALL, records: ALL.toReversed(), mayMiss: never })).toEqual([]);
});

it('finds a record without its row, unless a filter may have left it out', () => {
  const rows = ALL.slice(1);
  expect(judgeRows({ rows, records: ALL, mayMiss: never })).toEqual([
    `${ALL[0]} is in the journal, and not in InfluxDB`,
  ]);
  expect(judgeRows({ rows, records: ALL, mayMiss: (record) => record === ALL[0] })).toEqual([]);
});

it('finds a row under another time, on both sides', () => {
  expect(judgeRows({ rows: [row(1, { time: 2 })], records: [row(1)], mayMiss: never })).toHaveLength(2);
});

it('finds a value that nobody published, though the journal be read alike', () => {
  const rows = [row(1, { level: 1000 })];
  expect(judgeRows({ rows, records: rows, mayMiss: never })).toEqual([
    `${rows[0]} is in InfluxDB, and not what was published`,
  ]);
});
