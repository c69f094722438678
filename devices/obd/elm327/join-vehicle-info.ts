import type { EcuMessage } from './ecu-message.ts';

const VEHICLE_INFO = 0x49;
const PIECE_BYTES = 4;
/** Bytes of one item, by type of information: so many of them are counted at the head of the message on CAN. */
const ITEM_BYTES: Readonly<Record<number, number>> = { 4: 16, 6: 4 };

/**
 * On the older buses service 09 answers in pieces of four bytes, each a message with its number; they become one as CAN has it. What
 * lacks a piece, or has them out of order, is left out.
 *
 * @see SAE J1979, service $09
 */
export function joinVehicleInfo(messages: readonly EcuMessage[]): readonly EcuMessage[] {
  const joined: EcuMessage[] = [];
  const pieces = new Map<string, Uint8Array[]>();
  for (const message of messages) {
    const { ecu, payload } = message;
    const infoType = payload[1] ?? 0;
    if (payload[0] !== VEHICLE_INFO || payload.length !== 3 + PIECE_BYTES || infoType % 2 === 1 || infoType === 0)
      joined.push(message);
    else getOrMake(pieces, `${ecu} ${infoType}`).push(payload);
  }
  for (const [key, list] of pieces) {
    const [ecu = ''] = key.split(' ');
    if (list.every((piece, index) => piece[2] === index + 1)) joined.push({ ecu, payload: join(list) });
  }
  return joined;
}

function getOrMake(map: Map<string, Uint8Array[]>, key: string): Uint8Array[] {
  const list = map.get(key) ?? [];
  map.set(key, list);
  return list;
}

function join(pieces: readonly Uint8Array[]): Uint8Array {
  const infoType = pieces[0]?.[1] ?? 0;
  const payload = new Uint8Array(3 + pieces.length * PIECE_BYTES);
  const itemCount = Math.floor((pieces.length * PIECE_BYTES) / (ITEM_BYTES[infoType] ?? pieces.length * PIECE_BYTES));
  payload.set([VEHICLE_INFO, infoType, itemCount]);
  for (const [index, piece] of pieces.entries()) payload.set(piece.subarray(3), 3 + index * PIECE_BYTES);
  return payload;
}
