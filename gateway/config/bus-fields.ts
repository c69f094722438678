import { z } from 'zod';
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
  };
}
