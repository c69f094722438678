import { readFileSync } from 'node:fs';
import type { DbcMessage } from '#devices/can/dbc/dbc.ts';
import { parseDbc } from '#devices/can/dbc/parse-dbc.ts';

/** Physical values by the name of the signal. */
export type SignalInput = Readonly<Record<string, number>>;

/**
 * The messages of a DBC file that comes with the simulator, by name.
 *
 * @throws Error when it is none
 */
export function loadBusMessages(file: URL): ReadonlyMap<string, DbcMessage> {
  const dbc = parseDbc(readFileSync(file, 'utf8'));
  if (!dbc.isDecoded) throw new Error(`${file.pathname} is no DBC: ${dbc.reason}`);
  return new Map(dbc.value.messages.map((message) => [message.name, message]));
}

/** @throws Error when the file has no such message */
export function messageOf(messages: ReadonlyMap<string, DbcMessage>, name: string): DbcMessage {
  const message = messages.get(name);
  if (message === undefined) throw new Error(`the DBC has no message ${name}`);
  return message;
}
