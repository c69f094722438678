import type { SeededRandom } from '#tests/support/seeded-random.ts';
import { seededRandom } from '#tests/support/seeded-random.ts';

const SEED_BYTES = 4;

/** Bytes that show whether any of them is missing, doubled or of somebody else: their beginning says what follows. */
export function sealedBytes(random: SeededRandom, sizeBytes: number): Uint8Array {
  const seed = random.integer(0, 2 ** 32 - 1);
  const bytes = new Uint8Array(sizeBytes);
  new DataView(bytes.buffer).setUint32(0, seed);
  const following = seededRandom((seed ^ sizeBytes) >>> 0);
  for (let index = SEED_BYTES; index < sizeBytes; index++) bytes[index] = following.integer(0, 255);
  return bytes;
}

/** Whether they are as they were made. */
export function isSealed(bytes: Uint8Array): boolean {
  if (bytes.length < SEED_BYTES) return false;
  const seed = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  const following = seededRandom((seed ^ bytes.length) >>> 0);
  for (let index = SEED_BYTES; index < bytes.length; index++)
    if (bytes[index] !== following.integer(0, 255)) return false;
  return true;
}
