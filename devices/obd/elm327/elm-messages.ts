import { POSITIVE_RESPONSE } from '#devices/obd/decode-obd-message.ts';
import { IsoTpReassembler, type IsoTpRejection } from '#devices/obd/iso-tp-reassembler.ts';
import { obdAddress } from '#devices/obd/obd-address.ts';
import { hasGoodChecksum } from './bus-checksum.ts';
import type { EcuMessage } from './ecu-message.ts';
import type { ElmBus } from './elm-protocol.ts';
import { joinVehicleInfo } from './join-vehicle-info.ts';

/** Why lines became no message. */
export type ElmLineRejection =
  | IsoTpRejection
  /** Not the digits that a line of this bus has. */
  | 'bad-line'
  /** Not from a control unit, or not to a tester. */
  | 'foreign-address'
  | 'wrong-checksum'
  /** The length in the header differs from the data. */
  | 'wrong-length'
  /** Numbered lines without headers: one is missing, or two control units are mixed up. */
  | 'wrong-line-number';

/** How the adapter was told to write, and the bus if it is known. */
export interface ElmLineForm {
  readonly bus?: ElmBus | undefined;
  readonly hasHeaders: boolean;
}

/**
 * Puts the messages of one answer together.
 *
 * ```text
 * 7E8 06 41 00 BE 3E B8 13                 CAN, 11 bit: identifier and frame; an odd number of digits
 * 18 DA F1 10 06 41 00 BE 3E B8 13         CAN, 29 bit
 * 48 6B 10 41 00 BE 3E B8 13 C2            older buses: three bytes of header, data, checksum
 * 41 00 BE 3E B8 13                        without headers
 * 014  0: 49 02 01 31 …  1: …              without headers, more than a CAN frame: length, then numbered lines
 * ```
 * @param reject is called once for each line that is not used
 */
export function readElmMessages(
  hexLines: readonly string[],
  form: ElmLineForm,
  reject: (reason: ElmLineRejection) => void,
): readonly EcuMessage[] {
  if (!form.hasHeaders) return readBareLines(hexLines, reject);
  const messages: EcuMessage[] = [];
  const legacy: EcuMessage[] = [];
  const reassembler = new IsoTpReassembler(({ id, isExtended, payload }) => {
    const address = obdAddress({ id, isExtended });
    if (address?.role === 'response' && address.ecu !== undefined) messages.push({ ecu: address.ecu, payload });
    else reject('foreign-address');
  });
  for (const line of hexLines) {
    const bus = form.bus ?? guessBus(line);
    const headerDigits = bus === 'can11' ? 3 : 8;
    if (bus !== 'can11' && bus !== 'can29') {
      const message = readLegacyLine(line, bus, reject);
      if (message !== undefined) legacy.push(message);
      continue;
    }
    const data = bytesOf(line.slice(headerDigits));
    const id = Number.parseInt(line.slice(0, headerDigits), 16);
    if (data === undefined || data.length === 0 || data.length > 8 || line.includes(':')) reject('bad-line');
    else reassembler.take({ id, isExtended: bus === 'can29', isRemote: false, data }, 0);
  }
  reassembler.flush();
  for (const [reason, count] of Object.entries(reassembler.rejections))
    for (let index = 0; index < count; index++) reject(reason as IsoTpRejection); // Its keys are the reasons.
  return [...messages, ...joinVehicleInfo(legacy)];
}

/** An odd number of digits is an identifier of three; of CAN with 29 bits all answers begin alike. */
function guessBus(line: string): ElmBus {
  if (line.length % 2 === 1) return 'can11';
  if (/^1[0-9A-F]DAF1/.test(line)) return 'can29';
  return /^[8C]/.test(line) ? 'kwp' : 'iso';
}

const LEGACY_HEADER_BYTES = 3;
/** Of a message to a tester in general; of ISO 14230-4 the format byte has the length in it. */
const LENGTH_BITS = 0x3f;

function readLegacyLine(line: string, bus: ElmBus, reject: (reason: ElmLineRejection) => void): EcuMessage | undefined {
  const bytes = bytesOf(line);
  if (bytes === undefined || bytes.length < LEGACY_HEADER_BYTES + 2) {
    reject('bad-line');
    return undefined;
  }
  const payload = bytes.subarray(LEGACY_HEADER_BYTES, -1);
  if (!hasGoodChecksum(bytes, bus)) reject('wrong-checksum');
  else if (bus === 'kwp' && ((bytes[0] ?? 0) & LENGTH_BITS) !== payload.length) reject('wrong-length');
  else return { ecu: line.slice(4, 6), payload };
  return undefined;
}

const NUMBERED = /^([0-9A-F]):([0-9A-F]*)$/;

/** Which control unit speaks is not told: only one at a time can be understood. */
function readBareLines(hexLines: readonly string[], reject: (reason: ElmLineRejection) => void): readonly EcuMessage[] {
  const messages: EcuMessage[] = [];
  let long: { readonly sizeBytes: number; digits: string; number: number } | undefined;
  for (const line of hexLines) {
    const [, number, digits = ''] = NUMBERED.exec(line) ?? [];
    if (/^[0-9A-F]{3}$/.test(line)) {
      if (long !== undefined) reject('replaced');
      long = { sizeBytes: Number.parseInt(line, 16), digits: '', number: 0 };
    } else if (number === undefined) {
      const payload = bytesOf(line);
      if (payload === undefined || (payload[0] ?? 0) < POSITIVE_RESPONSE) reject('bad-line');
      else messages.push({ ecu: '', payload });
    } else if (long === undefined || Number.parseInt(number, 16) !== long.number) {
      reject('wrong-line-number');
      long = undefined;
    } else {
      long.digits += digits;
      long.number = (long.number + 1) % 16;
      const payload = bytesOf(long.digits);
      if (payload === undefined || payload.length < long.sizeBytes) continue;
      messages.push({ ecu: '', payload: payload.subarray(0, long.sizeBytes) });
      long = undefined;
    }
  }
  if (long !== undefined) reject('timeout');
  return joinVehicleInfo(messages);
}

function bytesOf(digits: string): Uint8Array | undefined {
  if (digits.length % 2 !== 0 || !/^[0-9A-F]*$/.test(digits)) return undefined;
  const bytes = new Uint8Array(digits.length / 2);
  for (let index = 0; index < bytes.length; index++)
    bytes[index] = Number.parseInt(digits.slice(2 * index, 2 * index + 2), 16);
  return bytes;
}
