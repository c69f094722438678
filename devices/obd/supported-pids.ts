/** From one bitmap to the next: a bitmap at 00 tells of 01 to 20, one at 20 of 21 to 40. */
export const PIDS_PER_BITMAP = 0x20;

/** Whether the parameter is a bitmap of supported ones. */
export function isBitmapPid(pid: number): boolean {
  return pid % PIDS_PER_BITMAP === 0;
}

/**
 * The parameters that a bitmap names, in their order.
 *
 * @param bitmapPid the parameter that was asked for: 00, 20, 40 …
 * @param data its four bytes; the highest bit of the first one is the next parameter
 * @see SAE J1979, PID $00
 */
export function decodeSupportedPids(bitmapPid: number, data: Uint8Array): readonly number[] {
  const pids: number[] = [];
  for (let index = 0; index < PIDS_PER_BITMAP; index++)
    if (((data[index >> 3] ?? 0) >> (7 - (index & 7))) & 1) pids.push(bitmapPid + index + 1);
  return pids;
}

/** The four bytes of the bitmap; what does not belong to it is left out. */
export function encodeSupportedPids(bitmapPid: number, pids: Iterable<number>): Uint8Array {
  const data = new Uint8Array(4);
  for (const pid of pids) {
    const index = pid - bitmapPid - 1;
    if (index >= 0 && index < PIDS_PER_BITMAP) data[index >> 3] = (data[index >> 3] ?? 0) | (0x80 >> (index & 7));
  }
  return data;
}
