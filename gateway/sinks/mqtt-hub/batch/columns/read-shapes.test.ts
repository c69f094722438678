import { describe, expect, it } from 'vitest';
import { MAX_BATCH_EVENTS } from '#gateway/sinks/mqtt-hub/batch/batch.ts';
import { readShapes } from './read-shapes.ts';
import { COLUMN_SEPARATOR, MAX_COLUMNS, PLACE, SHAPE_SEPARATOR, VALUE_SEPARATOR } from './separators.ts';

type Column = readonly (string | number)[];

/** `_` stands for the place of a value. */
function shapeOf(text: string, ...columns: readonly Column[]): string {
  const written = columns.map((column) => column.join(VALUE_SEPARATOR));
  return [text.replaceAll('_', PLACE), ...written].join(COLUMN_SEPARATOR);
}

const read = (...shapes: readonly string[]) => readShapes(shapes.join(SHAPE_SEPARATOR));

describe('shapes', () => {
  it('are written out one behind the other', () => {
    const pressures = shapeOf('{"seq":_,"at":_,"again":_}', ['n10', 7, 2], ['f11', 24, 2], ['=1']);
    expect(read(pressures, shapeOf('{"seq":8}'))).toEqual({
      isDecoded: true,
      value: ['{"seq":7,"at":2.4,"again":2.4}', '{"seq":9,"at":2.6,"again":2.6}', '{"seq":8}'],
    });
  });

  it.each<[string, Column, readonly string[]]>([
    ['whole numbers as they are', ['n00', 5, -5, 0], ['5', '-5', '0']],
    ['differences', ['n10', 5, -5, 1], ['5', '0', '1']],
    ['growing differences', ['n20', 5, 10, 1], ['5', '15', '26']],
    ['digits behind the point', ['n03', 5, -1500, 2000], ['0.005', '-1.5', '2']],
    ['zeros at the end', ['f02', 5, -150, 200], ['0.05', '-1.50', '2.00']],
    ['fifteen digits', ['n015', 1], ['0.000000000000001']],
    ['times', ['t1', 0, 1, 999], ['1970-01-01T00:00:00.000Z', '1970-01-01T00:00:00.001Z', '1970-01-01T00:00:01.000Z']],
    [
      'the first and the last time',
      ['t0', -62_167_219_200_000, 253_402_300_799_999],
      ['0000-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z'],
    ],
    ['anything else', ['s', '', 'null', '1e400'], ['', 'null', '1e400']],
  ])('spell %s', (_, column, spellings) => {
    expect(read(shapeOf('<_>', column))).toEqual({ isDecoded: true, value: spellings.map((value) => `<${value}>`) });
  });
});

describe('what is no shape', () => {
  it.each<[string, string, readonly Column[]]>([
    ['a column too few', '__', [['s', 'a']]],
    [
      'a column too many',
      '_',
      [
        ['s', 'a'],
        ['s', 'b'],
      ],
    ],
    ['a column of nothing', '_', [['s']]],
    ['a column without a kind', '_', [['', 'a']]],
    ['a kind that is unknown', '_', [['x00', 1]]],
    [
      'a value too few',
      '__',
      [
        ['s', 'a', 'b'],
        ['s', 'a'],
      ],
    ],
    [
      'a value too many',
      '__',
      [
        ['s', 'a', 'b'],
        ['n00', 1, 2, 3],
      ],
    ],
    ['a column that repeats itself', '_', [['=0']]],
    ['a column that repeats a later one', '__', [['=1'], ['s', 'a']]],
    [
      'a repeated column with values',
      '__',
      [
        ['s', 'a'],
        ['=0', 'a'],
      ],
    ],
    ['a repeated column that is none', '__', [['s', 'a'], ['=-1']]],
    ['a number that is none', '_', [['n00', 'a']]],
    ['an empty number', '_', [['n00', '']]],
    ['half a number', '_', [['n00', 0.5]]],
    ['a number with an exponent', '_', [['n00', '1e3']]],
    ['a number that a double does not hold', '_', [['n00', '9007199254740992']]],
    ['a sum that a double does not hold', '_', [['n10', 2 ** 53 - 1, 1]]],
    ['a difference that a double does not hold', '_', [['n20', 0, 2 ** 53 - 1, 2 ** 53 - 1]]],
    ['more digits than a double has', '_', [['n016', 1]]],
    ['no digits', '_', [['f0', 1]]],
    ['digits of a time', '_', [['t00', 1]]],
    ['an order that is unknown', '_', [['n30', 1]]],
    ['a time after the year 9999', '_', [['t0', 253_402_300_800_000]]],
    ['a time before the year 0', '_', [['t0', -62_167_219_200_001]]],
    [
      'more columns than there may be',
      '_'.repeat(MAX_COLUMNS + 1),
      Array.from({ length: MAX_COLUMNS + 1 }, () => ['s', '']),
    ],
  ])('%s', (_, text, columns) => {
    expect(read(shapeOf(text, ...columns))).toEqual({ isDecoded: false, reason: 'wrong-column' });
  });

  const zeros = (count: number) => Array.from({ length: count }, () => 0);
  const nothing = (count: number): Column => ['s', ...Array.from({ length: count }, () => '')];

  it.each<[string, readonly string[]]>([
    ['more events than a batch has, in one shape', [shapeOf('_', nothing(MAX_BATCH_EVENTS + 1))]],
    ['more events than a batch has, in many shapes', Array.from({ length: MAX_BATCH_EVENTS + 1 }, () => '')],
    ['a long text for many events', [shapeOf(`${'x'.repeat(20_000)}_`, nothing(MAX_BATCH_EVENTS))]],
    ['few characters of many bytes', [shapeOf(`${'€'.repeat(5000)}_`, nothing(MAX_BATCH_EVENTS))]],
    [
      'times of two bytes each',
      [
        shapeOf(
          '_'.repeat(MAX_COLUMNS),
          ...Array.from({ length: MAX_COLUMNS }, () => ['t2', ...zeros(MAX_BATCH_EVENTS)]),
        ),
      ],
    ],
    [
      'a long value in many places',
      [
        shapeOf(
          Array.from({ length: MAX_COLUMNS }, () => '_').join(''),
          ['s', 'x'.repeat(100_000)],
          ...Array.from({ length: MAX_COLUMNS - 1 }, () => ['=0']),
        ),
      ],
    ],
  ])('takes no more memory than it may: %s', (_, shapes) => {
    expect(read(...shapes)).toEqual({ isDecoded: false, reason: 'too-large' });
  });
});
