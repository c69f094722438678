/** What Node-RED's settings file tells the gateway over the IPC channel of the process. */
export type ChildMessage =
  | { readonly kind: 'heartbeat'; readonly rssBytes: number }
  | { readonly kind: 'flowsStarted' }
  /** Node-RED is up, and has not started the flows. */
  | { readonly kind: 'flowsHeld'; readonly reason: string }
  | { readonly kind: 'log'; readonly level: ChildLogLevel; readonly text: string; readonly node?: string };

/** The levels of Node-RED that are passed on, by our names. */
export type ChildLogLevel = 'error' | 'warn' | 'info' | 'debug';

const LEVELS: readonly unknown[] = ['error', 'warn', 'info', 'debug'] satisfies readonly ChildLogLevel[];

/** A rule can send what it likes over the channel, so nothing is believed. @returns undefined for what is no message */
export function parseChildMessage(value: unknown): ChildMessage | undefined {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return undefined;
  switch (value.kind) {
    case 'heartbeat':
      return 'rssBytes' in value && typeof value.rssBytes === 'number' && value.rssBytes >= 0
        ? { kind: 'heartbeat', rssBytes: value.rssBytes }
        : undefined;
    case 'flowsStarted':
      return { kind: 'flowsStarted' };
    case 'flowsHeld':
      return 'reason' in value && typeof value.reason === 'string'
        ? { kind: 'flowsHeld', reason: cut(value.reason) }
        : undefined;
    case 'log':
      return parseLog(value);
    default:
      return undefined;
  }
}

function parseLog(value: object): ChildMessage | undefined {
  if (!('level' in value && 'text' in value) || typeof value.text !== 'string') return undefined;
  if (!isLevel(value.level)) return undefined;
  const node = 'node' in value && typeof value.node === 'string' ? { node: cut(value.node) } : {};
  return { kind: 'log', level: value.level, text: cut(value.text), ...node };
}

function isLevel(value: unknown): value is ChildLogLevel {
  return LEVELS.includes(value);
}

/** Longest text of a log line, in characters. */
export const MAX_TEXT_LENGTH = 1000;

function cut(text: string): string {
  return text.length <= MAX_TEXT_LENGTH ? text : `${text.slice(0, MAX_TEXT_LENGTH)}…`;
}
