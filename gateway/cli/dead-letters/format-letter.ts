import { formatPayload, formatTime, jsonFields, printable, timeFields } from '#gateway/cli/journal/format-item.ts';
import { counted } from '#gateway/model/counted.ts';
import type { LetterSummary, ShownLetter } from '#gateway/sinks/dead-letters/dead-letter-view.ts';

/** A line for people. What comes from devices and targets reaches no terminal raw. */
export function formatLetter(letter: LetterSummary): string {
  const { id, topic, lastTime, attempts, code, reason } = letter;
  const remarks = remarksOn(letter).map((remark) => ` (${remark})`);
  return `${formatTime(lastTime)} ${id} ${printable(topic)} ${counted(attempts, 'attempt')}${remarks.join('')}: ${code}: ${printable(reason)}\n`;
}

/** All of a letter, a line each. */
export function formatShown(letter: ShownLetter): string {
  const { event } = letter;
  const { record } = event;
  const lines = [
    letter.id,
    `topic     ${printable(record.topic)}`,
    `from      ${printable(record.clientId)}, accepted ${formatTime(event.time)}`,
    `refused   ${counted(letter.attempts, 'attempt')}, first ${formatTime(letter.firstTime)}, last ${formatTime(letter.lastTime)}`,
    `reason    ${letter.code}: ${printable(letter.reason)}`,
    ...remarksOn(letter).map((remark) => `note      ${remark}`),
    `payload   ${formatPayload(record.payload)}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** A line of JSON. */
export function letterJson(letter: LetterSummary | ShownLetter): string {
  const { firstTime, lastTime, ...rest } = letter;
  const event = 'event' in letter ? { event: jsonFields(letter.event) } : {};
  return `${JSON.stringify({ ...rest, first: timeFields(firstTime), last: timeFields(lastTime), ...event })}\n`;
}

function remarksOn({ isRedriving, cutBytes }: LetterSummary): readonly string[] {
  return [
    ...(isRedriving ? ['to be tried again'] : []),
    ...(cutBytes === undefined ? [] : [`its ${cutBytes} bytes were too large to keep`]),
  ];
}
