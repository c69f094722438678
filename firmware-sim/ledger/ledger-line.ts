import { SOURCE_NAMES, type SourceName } from '#firmware-sim/protocol.ts';

/**
 * One line of `ledger.ndjson`, the simulator's own account of everything it made. The hub holds what it received against it.
 *
 * A line is written before the first byte that it accounts for, so whoever sees an event finds its line there.
 */
export type LedgerLine = MadeLine | OverrunLine | UnheardLine | ResentLine | PlayedLine;

/** An epoch, a frame or a sensor message. */
export interface MadeLine {
  readonly source: SourceName;
  /** Unique within the source: the ISO time of the epoch, `<Message>:<Counter>`, or the count of the sensor. */
  readonly key: string;
  /** When it was made, in milliseconds since the Unix epoch. */
  readonly at: number;
  /** What a receiver reads, named as in the event, as it survives the encoding. */
  readonly values: Values;
}

/** Numbers in the units that their names or the DBC state. */
export type Values = Readonly<Record<string, number | string>>;

/** The bytes of `key`, or some of them, fell out of the device because the reader did not keep up. */
export interface OverrunLine {
  readonly source: SourceName;
  readonly overrun: string;
}

/**
 * What was made in this span may not have been heard: the reader was going away, or what it had read was not durable yet.
 * A serial line cannot be read again; what was made before and after must arrive.
 */
export interface UnheardLine {
  readonly source: SourceName;
  readonly unheardFrom: number;
  readonly unheardTo: number;
}

/** The source sent these again because it saw no acknowledgement: each may arrive once more under another event id. */
export interface ResentLine {
  readonly source: SourceName;
  readonly resent: readonly string[];
}

/** A line or frame of a recording that was written to the port. What becomes of it is not the ledger's to know. */
export interface PlayedLine {
  readonly source: SourceName;
  /** Counted from 1 in each run. */
  readonly played: number;
  readonly at: number;
  readonly text: string;
}

/** One line of text, without its line ending. */
export function encodeLedgerLine(line: LedgerLine): string {
  return JSON.stringify(line);
}

/** @returns undefined for text that is no line of a ledger, such as one that a crash cut short */
export function parseLedgerLine(text: string): LedgerLine | undefined {
  const line = parseObject(text);
  if (line === undefined || !isSourceName(line['source'])) return undefined;
  const isLine =
    (typeof line['key'] === 'string' && typeof line['at'] === 'number' && typeof line['values'] === 'object') ||
    typeof line['overrun'] === 'string' ||
    (typeof line['unheardFrom'] === 'number' && typeof line['unheardTo'] === 'number') ||
    Array.isArray(line['resent']) ||
    typeof line['played'] === 'number';
  // Checked above as far as it matters: the file has one writer, `LedgerWriter`.
  return isLine ? (line as unknown as LedgerLine) : undefined;
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    // Whatever JSON gives that is an object can be asked for members.
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function isSourceName(value: unknown): value is SourceName {
  return SOURCE_NAMES.some((name) => name === value);
}
