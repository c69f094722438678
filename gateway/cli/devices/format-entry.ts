import { oneLine } from '#gateway/model/one-line.ts';
import type { TapEntry } from '#gateway/sources/device-taps.ts';

/**
 * An event of a device as a line: its time, its name, its data; or, for programs, the event itself with its topic.
 * A payload that is no event of ours stands as it is.
 */
export function formatEntry({ topic = '', payload }: TapEntry, isJson: boolean): string {
  const text = Buffer.from(payload).toString('utf8');
  const event = parseEvent(text);
  if (isJson) return `${JSON.stringify(event === undefined ? { topic, payload: text } : { topic, ...event })}\n`;
  const name = topic.startsWith('status/') ? 'status' : topic.split('/').slice(2).join('/');
  if (event === undefined) return `- ${oneLine(name)} ${oneLine(text)}\n`;
  const { time, data } = event;
  return `${typeof time === 'string' ? time : '-'} ${oneLine(name)} ${JSON.stringify(data)}\n`;
}

function parseEvent(text: string): { readonly time?: unknown; readonly data?: unknown } | undefined {
  try {
    const event: unknown = JSON.parse(text);
    return typeof event === 'object' && event !== null && 'data' in event ? event : undefined;
  } catch {
    return undefined;
  }
}
