const SYSTEMS = 'PCBU';
const CODE = /^([PCBU])([0-3])([0-9A-F]{3})$/;

/**
 * A diagnostic trouble code of two bytes, as people write it: `P0301`.
 *
 * @returns undefined for two zero bytes, which fill up a message
 * @see SAE J2012; ISO 15031-6
 */
export function decodeDtc(high: number, low: number): string | undefined {
  if (high === 0 && low === 0) return undefined;
  const digits = (((high & 0x3f) << 8) | low).toString(16).toUpperCase().padStart(4, '0');
  return `${SYSTEMS[high >> 6]}${digits}`;
}

/** The two bytes of a code. @returns undefined for what is no code */
export function encodeDtc(code: string): readonly [number, number] | undefined {
  const [, system = '', first = '', rest = ''] = CODE.exec(code) ?? [];
  if (system === '') return undefined;
  const low = Number.parseInt(rest, 16);
  return [(SYSTEMS.indexOf(system) << 6) | (Number(first) << 4) | (low >> 8), low & 0xff];
}

/**
 * Codes that follow each other, two bytes each.
 *
 * @returns undefined when a byte is left over
 */
export function decodeDtcs(data: Uint8Array): readonly string[] | undefined {
  if (data.length % 2 !== 0) return undefined;
  const codes: string[] = [];
  for (let offset = 0; offset < data.length; offset += 2) {
    const code = decodeDtc(data[offset] ?? 0, data[offset + 1] ?? 0);
    if (code !== undefined) codes.push(code);
  }
  return codes;
}
