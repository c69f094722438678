import type { DbcMessage, DbcSignal } from '#devices/can/dbc/dbc.ts';
import { DBC_WARNINGS } from '#devices/can/dbc/dbc-warning.ts';
import { pgnOf, sourceOf } from '#devices/can/j1939/j1939-id.ts';
import type { LoadedDbc } from '#gateway/sources/load-dbc.ts';

/** One line: the file, its warnings, its messages with their signals. Absent fields are not stated in the file. */
export function describeDbcAsJson({ path, dbc, warnings }: LoadedDbc): string {
  return JSON.stringify({
    file: path,
    warnings: warnings.map((warning) => ({ ...warning, done: DBC_WARNINGS[warning.reason] })),
    nodes: dbc.nodes,
    attributes: Object.fromEntries(dbc.attributes),
    comment: dbc.comment,
    messages: dbc.messages.map(describeMessage),
  });
}

function describeMessage(message: DbcMessage): object {
  const { id, frameFormat, attributes, signals, ...rest } = message;
  const j1939 = frameFormat === 'j1939' ? { pgn: pgnOf(id), sourceAddress: sourceOf(id) } : {};
  return {
    ...{ id, ...rest, frameFormat, ...j1939 },
    attributes: Object.fromEntries(attributes),
    signals: signals.map(describeSignal),
  };
}

/** Labels by raw value, which is a text here: it may have 64 bits. */
function describeSignal({ labels, attributes, ...rest }: DbcSignal): object {
  const byRaw = Object.fromEntries([...labels].map(([raw, label]) => [String(raw), label]));
  return { ...rest, labels: byRaw, attributes: Object.fromEntries(attributes) };
}
