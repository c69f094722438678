/**
 * The text of a DBC file: UTF-8 when the bytes are that, else Latin-1, which most tools write and which has a character for every byte.
 */
export function decodeDbcText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return Buffer.from(bytes).toString('latin1');
  }
}

/** Whoever reads a DBC file reads no more: the largest of the public collections have 2 MB. */
export const MAX_DBC_BYTES = 32 * 2 ** 20;
