import { z } from 'zod';
import { LINK_MODES } from '#gateway/model/link-status.ts';
import { sizeField, slugField, streamIdField } from './fields.ts';

/** Days of the week as they are written; Monday comes first. */
export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

const MINUTES_PER_HOUR = 60;
const TIME = /^([01]\d|2[0-3]):([0-5]\d)$/;
const TIME_EXPECTED = 'expected a time of day such as "06:30", in quotation marks';
const MIDNIGHT_EXPECTED = 'a day ends where the next begins: write "00:00"';
/** Less is not enough for the handshake of one connection and what follows. */
export const MIN_DAY_BYTES = 16 * 1024;
const MAX_DAY_BYTES = 2 ** 40;

/** One entry of `links`: a network that sinks share. */
export function linkSection() {
  return z.strictObject({
    id: slugField().describe('Name of the link, for sinks and commands; what went over it is kept under this name.'),
    mode: z
      .enum(LINK_MODES)
      .default('normal')
      .describe(
        'How it is used outside of the windows of schedule: `metered` for meteredLanes only, `off` not at all. `waystation links mode` and ' +
          'commands/links/<id>/mode change it while the gateway runs.',
      ),
    maxBytesPerSecond: sizeField(128, 2 ** 30)
      .optional()
      .describe(
        'Rate over all sinks, both ways; a burst of one second, and a single event of any size, may go at once.',
      ),
    maxEventsPerSecond: z.int().min(1).max(1_000_000).optional().describe('Rate of events over all sinks.'),
    maxBytesPerDay: sizeField(MIN_DAY_BYTES, MAX_DAY_BYTES)
      .optional()
      .describe(
        'Budget of a day over all sinks: both ways, with TLS and failed attempts, without the headers of TCP and IP. When it is spent, nothing ' +
          'goes and nothing connects until the next day.',
      ),
    dayStartsAt: timeField().prefault('00:00').describe('When the day of the budget begins.'),
    timeZone: z
      .string()
      .refine(isTimeZone, 'expected a time zone such as Europe/Berlin, or UTC')
      .default('UTC')
      .describe('Whose clocks dayStartsAt and schedule go by.'),
    alertReserveBytes: sizeField(0, MAX_DAY_BYTES)
      .prefault(0)
      .describe('Part of maxBytesPerDay that only urgentLanes of the sinks may use.'),
    meteredLanes: z
      .array(streamIdField())
      .optional()
      .describe('Streams that go on while it is metered; when absent, alerts and control.'),
    schedule: z
      .array(windowSection())
      .max(50)
      .default([])
      .describe('Parts of the week with a mode of their own; they need the date, see clock in `waystation status`.'),
  });
}

function windowSection() {
  const window = z.strictObject({
    days: z
      .array(z.enum(WEEKDAYS).transform((day) => WEEKDAYS.indexOf(day)))
      .min(1)
      .prefault([...WEEKDAYS])
      .describe('Days on which it begins.'),
    from: timeField().describe('When it begins.'),
    to: timeField().describe('When it ends; on the next day if that is not after from.'),
    mode: z.enum(LINK_MODES).describe('How the link is used meanwhile.'),
  });
  return window.transform(({ days, from, to, mode }) => ({ days, fromMinute: from, toMinute: to, mode }));
}

/** Minutes since midnight. */
function timeField() {
  return z
    .string(TIME_EXPECTED)
    .regex(TIME, { error: ({ input }) => (input === '24:00' ? MIDNIGHT_EXPECTED : TIME_EXPECTED) })
    .transform((text) => parseTimeOfDay(text) ?? 0);
}

/** @returns minutes since midnight; undefined for what is no time of day */
export function parseTimeOfDay(value: unknown): number | undefined {
  const [, hours, minutes] = typeof value === 'string' ? (TIME.exec(value) ?? []) : [];
  return hours === undefined ? undefined : Number(hours) * MINUTES_PER_HOUR + Number(minutes);
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
