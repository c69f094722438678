import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseScenario, ScenarioError } from './scenario.ts';

const key = fc.constantFrom(
  'title',
  'startUtc',
  'vehicle',
  'receivers',
  'can',
  'obd',
  'bus',
  'adapter',
  'unit',
  'spn',
  'steps',
  'name',
  'baud',
  'do',
  'port',
  'atMs',
  'x',
);
const file = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(
      'gnss',
      'can',
      'truck',
      'load',
      'tunnel',
      'unplug',
      'busOff',
      'dtc',
      'leapSecond',
      '2016-12-31T23:59:00Z',
      9600,
      0,
      -1,
      1e300,
      true,
      null,
    ),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 5 }),
  ),
})).value;

describe('parseScenario', () => {
  it('reads any file, or says where it is wrong', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          file.map((value) => JSON.stringify(value)),
          fc.string(),
        ),
        (text) => {
          try {
            const { devices, receivers } = parseScenario(text);
            expect(receivers.length + devices.length).toBeGreaterThan(0);
          } catch (error) {
            expect(error).toBeInstanceOf(ScenarioError);
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
