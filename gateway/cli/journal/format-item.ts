import type { RepairedTime } from '#gateway/journal/clock-runs.ts';
import type { TimedRecord } from '#gateway/journal/journal-reader.ts';
import type { JournalItem } from './read-range.ts';

/** A line for people, as `mosquitto_sub -v` prints them, with time, stream and sequence before. */
export function formatText(item: JournalItem): string {
  if ('lost' in item) {
    const { from, to, reason } = item.lost;
    return `(lost: ${item.stream} ${from} to ${to}, ${reason})\n`;
  }
  const { record, stream, sequence, time } = item;
  return `${formatTime(time)} ${stream} ${sequence} ${printable(record.topic)} ${formatPayload(record.payload)}\n`;
}

/** `~` marks a time that was reckoned later, `a..b` one that is only bounded by its neighbours; `-` is none at all. */
export function formatTime(time: RepairedTime): string {
  if ('unixMs' in time) return `${iso(time.unixMs)}${time.basis === 'repaired' ? '~' : ''}`;
  const { earliestMs, latestMs } = time;
  if (earliestMs === undefined && latestMs === undefined) return '-';
  return `${earliestMs === undefined ? '' : iso(earliestMs)}..${latestMs === undefined ? '' : iso(latestMs)}`;
}

function iso(unixMs: number): string {
  return new Date(unixMs).toISOString();
}

/** When a record was accepted, as fields; those that are not known are undefined. */
export function timeFields(time: RepairedTime) {
  const [earliestMs, latestMs] = 'unixMs' in time ? [] : [time.earliestMs, time.latestMs];
  return {
    time: 'unixMs' in time ? iso(time.unixMs) : undefined,
    timeBasis: time.basis,
    earliest: earliestMs === undefined ? undefined : iso(earliestMs),
    latest: latestMs === undefined ? undefined : iso(latestMs),
  };
}

/** As text where it is UTF-8, else as base64, said in front. */
export function formatPayload(payload: Uint8Array): string {
  const text = textOf(payload);
  return text === undefined ? `base64:${Buffer.from(payload).toString('base64')}` : printable(text);
}

/** Control characters could write over the terminal. */
export function printable(text: string): string {
  return text.replace(CONTROL, (found) => {
    const code = found.charCodeAt(0).toString(16);
    return NAMED[found] ?? (code.length > 2 ? `\\u${code.padStart(4, '0')}` : `\\x${code.padStart(2, '0')}`);
  });
}

const CONTROL = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;
const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** A line of JSON with all that the journal knows of a record. */
export function formatJson(item: JournalItem): string {
  const fields = 'lost' in item ? { stream: item.stream, lost: item.lost } : jsonFields(item);
  return `${JSON.stringify(fields)}\n`;
}

/** All that the journal knows of a record, for JSON; a payload that is no UTF-8 is `payloadBase64`. */
export function jsonFields(item: TimedRecord): object {
  const { record, stream, epoch, sequence, time } = item;
  const { payload, stamp, topic, correlationData, unknownFields: _, ...rest } = record;
  const text = textOf(payload);
  const body = text === undefined ? { payloadBase64: base64(payload) } : { payload: text };
  const correlation = correlationData === undefined ? {} : { correlationDataBase64: base64(correlationData) };
  return { stream, epoch, sequence, ...timeFields(time), topic, ...body, ...rest, ...correlation, stamp };
}

/** The names of the columns of {@link formatCsv}. */
export const CSV_HEAD =
  'stream,epoch,sequence,time,timeBasis,earliest,latest,topic,qos,retained,clientId,contentType,encoding,payload\r\n';

/** @see RFC 4180 */
export function formatCsv({ record, stream, epoch, sequence, time }: TimedRecord): string {
  const { payload, topic, qos, isRetained, clientId, contentType = '' } = record;
  const text = textOf(payload);
  const body = text === undefined ? ['base64', base64(payload)] : ['utf8', text];
  const { time: at = '', timeBasis, earliest = '', latest = '' } = timeFields(time);
  const cells = [
    stream,
    epoch,
    String(sequence),
    ...[at, timeBasis, earliest, latest],
    topic,
    String(qos),
    String(isRetained),
    clientId,
    contentType,
    ...body,
  ];
  return `${cells.map(csvCell).join(',')}\r\n`;
}

/**
 * A spreadsheet takes what begins with one of these for a formula and runs it: an apostrophe before it makes it text. A number
 * is none.
 */
function csvCell(text: string): string {
  const isFormula = /^[=+\-@\t\r\n|]/.test(text) && !/^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text);
  const safe = isFormula ? `'${text}` : text;
  return /[",\r\n]/.test(safe) || safe !== safe.trim() ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** @returns undefined unless the bytes are UTF-8: what is printed as text can be turned back into the bytes */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined;
  }
}
