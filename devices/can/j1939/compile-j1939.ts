import type { DbcDecoder } from '#devices/can/dbc/compile-dbc.ts';
import type { DbcMessage } from '#devices/can/dbc/dbc.ts';
import type { MessageDecoder } from '#devices/can/dbc/message-decoder.ts';
import { destinationOf, GLOBAL_ADDRESS, isJ1939Id, pgnOf, sourceOf } from './j1939-id.ts';

/** Messages of DBC files by parameter group. */
export interface J1939Decoder {
  /** Whether there is none to find. */
  readonly isEmpty: boolean;
  /**
   * The message of a parameter group, whoever sends it and (PDU1) whomever to. Where a file has several of them, the one between these two,
   * else that of this sender, else the first.
   */
  find(pgn: number, source: number, destination?: number): MessageDecoder | undefined;
}

/**
 * @param databases the first that knows a parameter group decodes it
 * @param choice `stated`: messages of which the file says that they are of J1939 (`VFrameFormat`, `ProtocolType`); `extended`: all with
 *   an extended identifier, for a bus that is known to be one
 */
export function compileJ1939(databases: readonly DbcDecoder[], choice: 'stated' | 'extended' = 'stated'): J1939Decoder {
  const groups = new Map<number, ParameterGroup>();
  for (const database of databases) {
    // What an earlier file knows, a later one adds nothing to.
    const known = new Set(groups.keys());
    for (const decoder of database.messages) {
      const { message } = decoder;
      const pgn = pgnOf(message.id);
      if (!isOfJ1939(message, choice) || known.has(pgn)) continue;
      const group = groups.get(pgn) ?? { first: decoder, bySource: new Map(), byWay: new Map() };
      groups.set(pgn, group);
      const source = sourceOf(message.id);
      if (!group.bySource.has(source)) group.bySource.set(source, decoder);
      group.byWay.set(wayOf(source, destinationOf(message.id)), decoder);
    }
  }
  return {
    isEmpty: groups.size === 0,
    find(pgn, source, destination = GLOBAL_ADDRESS) {
      const group = groups.get(pgn);
      return group?.byWay.get(wayOf(source, destination)) ?? group?.bySource.get(source) ?? group?.first;
    },
  };
}

interface ParameterGroup {
  readonly first: MessageDecoder;
  readonly bySource: Map<number, MessageDecoder>;
  readonly byWay: Map<number, MessageDecoder>;
}

function wayOf(source: number, destination: number): number {
  return source * 256 + destination;
}

function isOfJ1939(message: DbcMessage, choice: 'stated' | 'extended'): boolean {
  if (!message.isExtended || !isJ1939Id(message.id)) return false;
  return choice === 'extended' || message.frameFormat === 'j1939';
}
