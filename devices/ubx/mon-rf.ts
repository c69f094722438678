import { type Decoded, decoded, rejected } from '#devices/decoded.ts';
import { ANTENNA_POWERS, ANTENNA_STATES, type FrontEndState, JAMMING_STATES } from './front-end-state.ts';
import { nameAt } from './payload-field.ts';
import type { UbxRejection } from './ubx-rejection.ts';

/** UBX-MON-RF, antenna and interference of a receiver of generation 9 and later, per band. It states no time. */
export interface MonRf {
  readonly type: 'MON-RF';
  readonly bands: readonly MonRfBand[];
}

/** A front end of {@link MonRf}: block 0 is the L1 band, 1 the L2 or L5 band. */
export interface MonRfBand extends FrontEndState {
  readonly blockId: number;
}

/**
 * ```text
 *  0        1        2         4 + 24 n:  0        1      2          3         4           12          14      16
 *  version  nBlocks  reserved             blockId  flags  antStatus  antPower  postStatus  noisePerMS  agcCnt  jamInd  more
 * ```
 * @see u-blox F9 interface description, UBX-MON-RF (0A 38)
 */
export function decodeMonRf(payload: DataView): Decoded<MonRf, UbxRejection> {
  if (payload.byteLength < HEADER_BYTES) return rejected('wrong-length');
  if (payload.getUint8(0) !== VERSION) return rejected('wrong-version');
  const count = payload.getUint8(1);
  if (payload.byteLength !== HEADER_BYTES + count * BLOCK_BYTES) return rejected('wrong-length');
  const bands = Array.from({ length: count }, (_, index) => readBand(payload, HEADER_BYTES + index * BLOCK_BYTES));
  return decoded({ type: 'MON-RF', bands });
}

/** The inverse of {@link decodeMonRf}; at most 255 bands. What is not in a {@link MonRfBand} is 0. */
export function encodeMonRf(message: MonRf): DataView {
  const bands = message.bands.slice(0, MAX_BANDS);
  const payload = new DataView(new ArrayBuffer(HEADER_BYTES + bands.length * BLOCK_BYTES));
  payload.setUint8(0, VERSION);
  payload.setUint8(1, bands.length);
  for (const [index, band] of bands.entries()) writeBand(payload, HEADER_BYTES + index * BLOCK_BYTES, band);
  return payload;
}

function readBand(payload: DataView, offset: number): MonRfBand {
  return {
    blockId: payload.getUint8(offset),
    antenna: nameAt(ANTENNA_STATES, payload.getUint8(offset + 2), 'unknown'),
    antennaPower: nameAt(ANTENNA_POWERS, payload.getUint8(offset + 3), 'unknown'),
    jamming: nameAt(JAMMING_STATES, payload.getUint8(offset + 1) & 0x03, 'unknown'),
    jammingIndicator: payload.getUint8(offset + 16),
    noisePerMs: payload.getUint16(offset + 12, true),
    gain: payload.getUint16(offset + 14, true),
  };
}

function writeBand(payload: DataView, offset: number, band: MonRfBand): void {
  payload.setUint8(offset, band.blockId);
  payload.setUint8(offset + 1, JAMMING_STATES.indexOf(band.jamming));
  payload.setUint8(offset + 2, ANTENNA_STATES.indexOf(band.antenna));
  payload.setUint8(offset + 3, ANTENNA_POWERS.indexOf(band.antennaPower));
  payload.setUint16(offset + 12, band.noisePerMs, true);
  payload.setUint16(offset + 14, band.gain, true);
  payload.setUint8(offset + 16, band.jammingIndicator);
}

const VERSION = 0;
const HEADER_BYTES = 4;
const BLOCK_BYTES = 24;
const MAX_BANDS = 0xff;
