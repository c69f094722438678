import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DbcSignal } from '#devices/can/dbc/dbc.ts';
import { decodeDbcText } from '#devices/can/dbc/decode-dbc-text.ts';
import { parseDbc } from '#devices/can/dbc/parse-dbc.ts';
import { OBD_PIDS } from './obd-pids.ts';

const FOLDER = process.env['WAYSTATION_FIELD_DATA'];

/** Where the file says something else, and why the standard is followed here. */
const KNOWN_DIFFERENCES: Readonly<Record<string, string>> = {
  '03+0': 'the file has the states of both fuel systems as one number',
  '04+0': 'the file rounds 100/255 to five digits',
  '11+0': 'the file rounds 100/255 to five digits',
  '54+0': 'the file has an offset of -32767; the standard has two’s complement, as in parameter 32',
};

/** Parameters of the file by number and byte: `0C+0`. Its signals stand behind three bytes of length, service and number. */
function signalsOf(path: string): ReadonlyMap<string, DbcSignal> {
  const parsed = parseDbc(decodeDbcText(readFileSync(path)));
  if (!parsed.isDecoded) throw new Error(parsed.reason);
  const found = new Map<string, DbcSignal>();
  for (const signal of parsed.value.messages.flatMap(({ signals }) => signals)) {
    const pid = /^S1_PID_([0-9A-F]{2})_/.exec(signal.name)?.[1];
    if (pid !== undefined) found.set(`${pid}+${Math.floor(signal.startBit / 8) - 3}`, signal);
  }
  return found;
}

describe.skipIf(FOLDER === undefined)('parameters beside OBD2.dbc (needs WAYSTATION_FIELD_DATA)', () => {
  it('have the same place, size and scale, but where the file is known to be wrong', () => {
    const signals = signalsOf(join(FOLDER ?? '', 'can/OBD2.dbc'));
    const differences: string[] = [];
    let comparedCount = 0;
    for (const { pid, quantities } of OBD_PIDS.values())
      for (const { offset, sizeBytes, numerator, denominator, bias, isSigned, supportBit } of quantities) {
        const key = `${pid.toString(16).toUpperCase().padStart(2, '0')}+${offset}`;
        const signal = signals.get(key);
        if (signal === undefined || supportBit !== undefined) continue;
        comparedCount++;
        const isSame =
          signal.length === 8 * sizeBytes &&
          Math.abs(signal.factor / (numerator / denominator) - 1) < 1e-9 &&
          signal.offset === bias &&
          signal.isSigned === isSigned;
        if (!isSame) differences.push(key);
      }
    expect(comparedCount).toBeGreaterThan(110);
    expect(differences).toEqual(Object.keys(KNOWN_DIFFERENCES));
  });
});
