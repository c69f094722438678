import { expect, it } from 'vitest';
import { findRuleFaults } from './find-rule-faults.ts';
import type { ReportRules } from './report-rules.ts';
import { decoderOf } from './testing/report-log.ts';

const MESSAGES = decoderOf(`BO_ 256 Engine: 8 ECU
 SG_ Speed : 0|16@1+ (0.5,0) [0|8000] "rpm" X
 SG_ Mode : 24|8@1+ (1,0) [0|3] "" X
BO_ 257 Brake: 8 ECU
 SG_ Pressed : 0|1@1+ (1,0) [0|1] "" X
VAL_ 256 Mode 0 "Off" 1 "Eco" ;`).messages.map(({ message }) => message);

it.each<[ReportRules, unknown[]]>([
  [
    {
      default: { deadband: 1 },
      Engine: { windowMs: 5 },
      'Engine.Speed': { deadband: 3 },
      'Engine.Mode': { drop: true },
    },
    [],
  ],
  [{ Engin: {} }, [{ key: 'Engin', reason: 'unknown-message', known: ['Engine', 'Brake'] }]],
  [{ 'Engin.Speed': {} }, [{ key: 'Engin.Speed', reason: 'unknown-message', known: ['Engine.Speed', 'Brake.Speed'] }]],
  [{ 'Engine.Sped': {} }, [{ key: 'Engine.Sped', reason: 'unknown-signal', known: ['Engine.Speed', 'Engine.Mode'] }]],
  [{ 'Engine.Mode': { deadband: 0, windowMs: 3 } }, [{ key: 'Engine.Mode', reason: 'no-effect', field: 'windowMs' }]],
  [
    { 'Brake.Pressed': { deadbandPercent: 3 } },
    [{ key: 'Brake.Pressed', reason: 'no-effect', field: 'deadbandPercent' }],
  ],
])('finds what names nothing, and what has no effect: %j', (rules, faults) => {
  expect(findRuleFaults(rules, MESSAGES)).toEqual(faults);
});
