import { z } from 'zod';
import { captureSection } from './capture-section.ts';
import { pathField } from './fields.ts';
import { reportSection } from './report-section.ts';

/** What every device has that hears the frames of a CAN bus. */
export function busFields(folder: string) {
  return {
    dbc: z
      .array(pathField(folder))
      .default([])
      .describe('DBC files that describe the messages; frames that none of them knows are only counted.'),
    report: reportSection(),
    j1939: z
      .union([z.literal('auto'), z.boolean()], 'expected auto, true or false')
      .default('auto')
      .describe(
        'Read the bus as J1939: messages by PGN from any source, transfers, trouble codes. auto does where a DBC file says so ' +
          '(VFrameFormat, ProtocolType); true takes every message with an extended identifier for one of J1939.',
      ),
    capture: captureSection(),
  };
}
