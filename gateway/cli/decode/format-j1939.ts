import { formatDtcBytes, type J1939Dtc } from '#devices/can/j1939/diagnostic-message.ts';
import { csvLine } from './csv-line.ts';
import { formatNumber, formatSignals, secondsOf } from './format-signals.ts';
import type { J1939Record } from './j1939-record.ts';

/** How records are printed. */
export interface J1939Format {
  begin(): string;
  add(record: J1939Record): string;
}

/** One JSON object a line. */
export const j1939Json: J1939Format = {
  begin: () => '',
  add(record) {
    const { timeMs, channel, id, message, decoder, signals, spns, isShort, diagnostic, vin, node } = record;
    const { pgn, source, destination, priority, transport } = message;
    const head = JSON.stringify({
      ...{ time: secondsOf(timeMs), channel },
      ...{ id, ext: true, data: hexOf(message.data), pgn, sa: source, da: destination, priority },
      ...{ transport: transport === 'frame' ? undefined : transport, name: decoder?.message.name },
    });
    const rest = JSON.stringify({
      ...{ short: isShort || undefined, dtcs: diagnostic?.dtcs.map(describeDtc), lamps: diagnostic?.lamps, vin, node },
    });
    const values = [...spns].map(([spn, phys]) => `"${spn}":${formatNumber(phys)}`).join();
    const known = decoder === undefined ? '' : `,"signals":${formatSignals(signals)},"spns":{${values}}`;
    const tail = rest === '{}' ? '' : `,${rest.slice(1, -1)}`;
    return `${head.slice(0, -1)}${known}${tail}}\n`;
  },
};

/**
 * Comma-separated values with a header line: a line a signal, and one for a message without any.
 *
 * @see RFC 4180
 */
export const j1939Csv: J1939Format = {
  begin: () => csvLine([...MESSAGE_COLUMNS, ...SIGNAL_COLUMNS, 'dtcs', 'vin']),
  add({ timeMs, channel, message, decoder, signals, diagnostic, vin }) {
    const { pgn, source, destination, transport, data } = message;
    const name = decoder?.message.name;
    const head = [secondsOf(timeMs), channel, pgn, source, destination, transport, hexOf(data), name];
    const tail = [diagnostic?.dtcs.map(dtcText).join(' '), vin];
    const stated = decoder?.message.signals.filter((signal) => signal.name in signals) ?? [];
    if (stated.length === 0) return csvLine([...head, ...SIGNAL_COLUMNS.map(() => undefined), ...tail]);
    const lines = stated.map((signal) => {
      const { raw, phys, unit, label } = signals[signal.name] ?? {};
      return csvLine([...head, signal.name, signal.spn, raw, phys, unit, label, ...tail]);
    });
    return lines.join('');
  },
};

const MESSAGE_COLUMNS = ['time', 'channel', 'pgn', 'sa', 'da', 'transport', 'data', 'message'];
const SIGNAL_COLUMNS = ['signal', 'spn', 'raw', 'value', 'unit', 'label'];

function hexOf(data: Uint8Array): string {
  return Buffer.from(data.buffer, data.byteOffset, data.length).toString('hex');
}

function describeDtc({ spn, fmi, occurrenceCount, conversionMethod, bits }: J1939Dtc): object {
  const old = conversionMethod === 0 ? {} : { conversionMethod, bytes: formatDtcBytes(bits) };
  return { spn, fmi, occurrenceCount, ...old };
}

/** `110/3`: SPN and FMI; where the SPN cannot be told, its bytes. */
function dtcText({ spn, fmi, bits }: J1939Dtc): string {
  return `${spn ?? `0x${formatDtcBytes(bits)}`}/${fmi}`;
}
