import type { EcuFrame } from '#firmware-sim/obd/obd-network.ts';
import type { Elm327Settings } from './elm327-settings.ts';

/** How frames of control units stand in what an adapter says. */
export interface AnswerFormat extends Pick<Elm327Settings, 'hasHeaders' | 'hasSpaces' | 'isFormatted'> {
  readonly showsPadding: boolean;
}

/**
 * The lines of one frame, without their endings. A line of bytes ends in a space where spaces are on.
 *
 * Without headers, the first frame of a longer message becomes two lines: the length in three digits, then its data as segment 0; later
 * frames follow as segments 1 to F, 0, … with all of their seven bytes.
 *
 * @see ELM327 data sheet, «Multiline Responses»
 */
export function formatFrame(frame: EcuFrame, format: AnswerFormat): readonly string[] {
  const { data, header } = frame;
  if (frame.transport === 'kwp')
    return [digits(format.hasHeaders ? [...header, ...data, checksum(frame)] : data, format)];
  if (format.hasHeaders) {
    const shown = format.isFormatted && !format.showsPadding ? data.subarray(0, 1 + usedBytes(data)) : data;
    return [identifier(header, format) + digits(shown, format)];
  }
  if (!format.isFormatted) return [digits(data, format)];
  const [control = 0, low = 0] = data;
  switch (control >> 4) {
    case 0:
      return [digits(data.subarray(1, 1 + control), format)];
    case 1: {
      const length = ((control & 0xf) * 256 + low).toString(16).toUpperCase().padStart(3, '0');
      return [format.hasSpaces ? `${length} ` : length, segment(0, data.subarray(2), format)];
    }
    default:
      return [segment(control & 0xf, data.subarray(1), format)];
  }
}

function segment(number: number, data: Uint8Array, format: AnswerFormat): string {
  const label = `${number.toString(16).toUpperCase()}:`;
  return `${label}${format.hasSpaces ? ' ' : ''}${digits(data, format)}`;
}

/** After the control byte; first and consecutive frames are full. */
function usedBytes(data: Uint8Array): number {
  const [control = 0] = data;
  return control >> 4 === 0 ? control : data.length - 1;
}

function digits(bytes: Iterable<number>, { hasSpaces }: Pick<AnswerFormat, 'hasSpaces'>): string {
  const after = hasSpaces ? ' ' : '';
  return Array.from(bytes, (byte) => byte.toString(16).toUpperCase().padStart(2, '0') + after).join('');
}

/** Identifiers of 11 bits are three digits, those of 29 bits four bytes. */
function identifier(header: Uint8Array, format: AnswerFormat): string {
  if (header.length > 2) return digits(header, format);
  const id = (header[0] ?? 0) * 256 + (header[1] ?? 0);
  return `${id.toString(16).toUpperCase().padStart(3, '0')}${format.hasSpaces ? ' ' : ''}`;
}

/** The sum of all bytes, modulo 256. @see ISO 14230-2, 4.4 */
function checksum({ data, header }: EcuFrame): number {
  return [...header, ...data].reduce((sum, byte) => sum + byte, 0) % 256;
}
