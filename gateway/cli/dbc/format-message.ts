import type { DbcMessage, DbcSignal } from '#devices/can/dbc/dbc.ts';
import { destinationOf, GLOBAL_ADDRESS, pgnOf, priorityOf, sourceOf } from '#devices/can/j1939/j1939-id.ts';
import { drawBitMap, markOf } from './bit-map.ts';

/** What a message looks like, for a person: head, bit map, signals, what its multiplexors select. */
export function formatMessage(message: DbcMessage): string {
  const { comment, signals } = message;
  return [
    formatHead(message),
    ...formatComment(comment, '  '),
    ...drawBitMap(message),
    ...formatSignals(signals),
    ...formatMultiplexing(signals),
  ].join('\n');
}

/** `EEC1: 0x0CF004FE extended, PGN 61444 (0xF004), source 254, priority 3, 8 bytes, every 20 ms, from Engine` */
function formatHead(message: DbcMessage): string {
  const { name, id, isExtended, frameFormat, sizeBytes, cycleTimeMs, transmitters } = message;
  const hex = id.toString(16).toUpperCase();
  const parts = [`0x${hex.padStart(isExtended ? 8 : 3, '0')} ${isExtended ? 'extended' : 'standard'}`];
  if (frameFormat === 'j1939') parts.push(...formatJ1939(id));
  if (frameFormat === 'standardFd' || frameFormat === 'extendedFd') parts.push('CAN FD');
  parts.push(sizeBytes === 1 ? '1 byte' : `${sizeBytes} bytes`);
  if (cycleTimeMs !== undefined) parts.push(`every ${cycleTimeMs} ms`);
  if (transmitters.length > 0) parts.push(`from ${transmitters.join(', ')}`);
  return `${name}: ${parts.join(', ')}`;
}

function formatJ1939(id: number): readonly string[] {
  const pgn = pgnOf(id);
  const destination = destinationOf(id);
  return [
    `PGN ${pgn} (0x${pgn.toString(16).toUpperCase().padStart(4, '0')})`,
    `source ${sourceOf(id)}`,
    ...(destination === GLOBAL_ADDRESS ? [] : [`destination ${destination}`]),
    `priority ${priorityOf(id)}`,
  ];
}

function formatComment(comment: string | undefined, indent: string): readonly string[] {
  return comment === undefined ? [] : comment.split('\n').map((line) => `${indent}“${line.trim()}”`);
}

/** A line for each signal in columns, and below it what it is about. */
function formatSignals(signals: readonly DbcSignal[]): readonly string[] {
  const rows = signals.map((signal, index) => [
    markOf(index),
    signal.name,
    `${signal.startBit}|${signal.length}`,
    signal.byteOrder === 'intel' ? 'Intel' : 'Motorola',
    signal.valueType === 'integer' ? (signal.isSigned ? 'signed' : 'unsigned') : signal.valueType,
    formatScale(signal),
    [formatRange(signal), signal.unit].filter((part) => part !== undefined).join(' '),
    signal.spn === undefined ? '' : `SPN ${signal.spn}`,
  ]);
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return signals.flatMap((signal, index) => {
    const cells = rows[index]?.map((cell, column) => cell.padEnd(widths[column] ?? 0)) ?? [];
    const labels = wrap(
      [...signal.labels].map(([raw, label]) => `${raw} ${JSON.stringify(label)}`),
      DETAIL_INDENT,
    );
    return [`   ${cells.join('  ')}`.trimEnd(), ...formatComment(signal.comment, DETAIL_INDENT), ...labels];
  });
}

const DETAIL_INDENT = ' '.repeat(8);
const MAX_LINE_CHARS = 110;

/** Items with commas between them, in lines that a terminal shows whole. */
function wrap(items: readonly string[], indent: string): readonly string[] {
  const lines: string[] = [];
  for (const item of items) {
    const longer = `${lines.at(-1)}, ${item}`;
    if (lines.length > 0 && longer.length <= MAX_LINE_CHARS) lines[lines.length - 1] = longer;
    else lines.push(`${indent}${item}`);
  }
  return lines;
}

/** `x · 0.125 − 40`, of what the bits say. */
function formatScale({ factor, offset }: DbcSignal): string {
  const scaled = factor === 1 ? 'x' : `x * ${factor}`;
  if (offset === 0) return scaled;
  return `${scaled} ${offset < 0 ? '-' : '+'} ${Math.abs(offset)}`;
}

function formatRange({ minimum, maximum }: DbcSignal): string | undefined {
  if (minimum === undefined && maximum === undefined) return undefined;
  return `${minimum ?? ''} to ${maximum ?? ''}`.trim();
}

/** `Page = 1: Detail, Other`, a line for each condition, in the order of the file. */
function formatMultiplexing(signals: readonly DbcSignal[]): readonly string[] {
  const names = new Map<string, string[]>();
  for (const { name, selector } of signals) {
    if (selector === undefined) continue;
    const ranges = selector.ranges.map(([from, to]) => (from === to ? `${from}` : `${from} to ${to}`));
    const condition = `${selector.multiplexor} = ${ranges.join(' or ')}`;
    names.set(condition, [...(names.get(condition) ?? []), name]);
  }
  return [...names].flatMap(([condition, selected]) => {
    const [first = '', ...rest] = wrap(selected, '');
    const indent = ' '.repeat(condition.length + 5);
    return [`   ${condition}: ${first}`, ...rest.map((line) => `${indent}${line}`)];
  });
}
