import { type Decoded, decoded, rejected } from '#devices/decoded.ts';
import { decodeLamps, encodeLamps, type Lamps } from './lamps.ts';

/** What DM1 (active) and DM2 (previously active) say of one node. */
export interface DiagnosticMessage {
  readonly lamps: Lamps;
  readonly dtcs: readonly J1939Dtc[];
  /**
   * What a message without codes means: `none` is the node's word that it has none (a code of zeros, and no lamp on); `blank` is one that could say
   * as much but does not (a code of ones as older nodes send it, or lamps that are on all the same); `notAvailable` is nothing but ones.
   */
  readonly content: 'dtcs' | 'none' | 'blank' | 'notAvailable';
}

/** A diagnostic trouble code. */
export interface J1939Dtc {
  /** Suspect parameter number, 19 bits. Absent where the conversion method is an old one: one bit stands for three layouts, so nobody can say. */
  readonly spn?: number;
  /** Failure mode identifier, 0 to 31. */
  readonly fmi: number;
  /** How often it became active, 0 to 126; absent where the node does not count. */
  readonly occurrenceCount?: number;
  /** 0: the layout of version 4 of the standard; 1: one of those before. */
  readonly conversionMethod: 0 | 1;
  /** The four bytes as they were sent, the first lowest. */
  readonly bits: number;
}

/** DM1, active trouble codes. */
export const DM1_PGN = 65226;
/** DM2, previously active trouble codes. */
export const DM2_PGN = 65227;

const LAMP_BYTES = 2;
const DTC_BYTES = 4;
const NO_DTC = 0;
const BLANK_DTC = 0xffff_ffff;
const NOT_COUNTED = 127;
const FRAME_BYTES = 8;

/**
 * Lamps, then codes of four bytes. What is left behind the last whole code is filling.
 *
 * @see SAE J1939-73, 5.7.1 and 5.7.2
 */
export function decodeDiagnosticMessage(data: Uint8Array): Decoded<DiagnosticMessage, 'short-diagnostic'> {
  if (data.length < LAMP_BYTES + DTC_BYTES) return rejected('short-diagnostic');
  const lamps = decodeLamps(data[0] ?? 0, data[1] ?? 0);
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const dtcs: J1939Dtc[] = [];
  let isNone = true;
  for (let offset = LAMP_BYTES; offset + DTC_BYTES <= data.length; offset += DTC_BYTES) {
    const bits = view.getUint32(offset, true);
    if (bits !== NO_DTC) isNone = false;
    if (bits !== NO_DTC && bits !== BLANK_DTC) dtcs.push(decodeDtc(bits));
  }
  const isLit = Object.values(lamps).some((state) => state !== 'off');
  return decoded({ lamps, dtcs, content: contentOf(data, dtcs.length, isNone && !isLit) });
}

function contentOf(data: Uint8Array, dtcCount: number, isNone: boolean): DiagnosticMessage['content'] {
  if (dtcCount > 0) return 'dtcs';
  if (data.every((byte) => byte === 0xff)) return 'notAvailable';
  return isNone ? 'none' : 'blank';
}

/**
 * ```text
 *  bit 0       16   21         24                31
 *  SPN 0–15    FMI  SPN 16–18  occurrence count  conversion method
 * ```
 * @param bits of the four bytes, little endian
 */
export function decodeDtc(bits: number): J1939Dtc {
  const conversionMethod = bits >>> 31 === 0 ? 0 : 1;
  const count = (bits >>> 24) & 0x7f;
  return {
    ...(conversionMethod === 0 ? { spn: (bits & 0xffff) | ((bits >>> 5) & 0x7_0000) } : {}),
    fmi: (bits >>> 16) & 0x1f,
    ...(count === NOT_COUNTED ? {} : { occurrenceCount: count }),
    ...{ conversionMethod, bits },
  };
}

/** The four bytes of a code as they were sent, in hex. */
export function formatDtcBytes(bits: number): string {
  const bytes = [bits, bits >>> 8, bits >>> 16, bits >>> 24];
  return bytes.map((byte) => (byte & 0xff).toString(16).padStart(2, '0')).join('');
}

/** The bits of a code in the layout of version 4, for {@link encodeDiagnosticMessage}. */
export function encodeDtc(dtc: Pick<J1939Dtc, 'fmi' | 'occurrenceCount'> & { readonly spn: number }): number {
  const spn = (dtc.spn & 0xffff) | ((dtc.spn >> 16) << 21);
  return (spn | (dtc.fmi << 16) | ((dtc.occurrenceCount ?? NOT_COUNTED) << 24)) >>> 0;
}

/**
 * The inverse of {@link decodeDiagnosticMessage}: eight bytes for a frame, more for a transfer. Without codes it says that there are none.
 *
 * @param dtcs the `bits` of each
 */
export function encodeDiagnosticMessage(lamps: Lamps, dtcs: readonly Pick<J1939Dtc, 'bits'>[]): Uint8Array {
  const sizeBytes = LAMP_BYTES + DTC_BYTES * dtcs.length;
  const data = new Uint8Array(Math.max(sizeBytes, FRAME_BYTES)).fill(0xff);
  data.set(encodeLamps(lamps));
  const view = new DataView(data.buffer);
  if (dtcs.length === 0) view.setUint32(LAMP_BYTES, NO_DTC);
  for (const [index, { bits }] of dtcs.entries()) view.setUint32(LAMP_BYTES + DTC_BYTES * index, bits, true);
  return data;
}
