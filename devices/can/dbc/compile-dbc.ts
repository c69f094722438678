import type { CanFrame } from '#devices/can/can-frame.ts';
import { compileMessage } from './compile-message.ts';
import type { Dbc } from './dbc.ts';
import type { DecodedMessage, MessageDecoder } from './message-decoder.ts';

/** Gives frames the meaning that a DBC file states. */
export interface DbcDecoder {
  /** In the order of the file. */
  readonly messages: readonly MessageDecoder[];
  /** @returns undefined for an identifier that the file does not know */
  find(id: number, isExtended: boolean): MessageDecoder | undefined;
  /** @returns undefined for a remote frame, and for an identifier that the file does not know */
  decode(frame: CanFrame): DecodedMessage | undefined;
}

/** Turns each message into a decoder once, so that a frame costs one look-up and its own signals. */
export function compileDbc(dbc: Pick<Dbc, 'messages'>): DbcDecoder {
  const standard = new Map<number, MessageDecoder>();
  const extended = new Map<number, MessageDecoder>();
  const messages = dbc.messages.map(compileMessage);
  for (const decoder of messages) {
    const { id, isExtended } = decoder.message;
    (isExtended ? extended : standard).set(id, decoder);
  }
  const find = (id: number, isExtended: boolean) => (isExtended ? extended : standard).get(id);
  return {
    messages,
    find,
    decode: (frame) => (frame.isRemote ? undefined : find(frame.id, frame.isExtended)?.decode(frame.data)),
  };
}
