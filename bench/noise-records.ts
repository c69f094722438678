import { randomBytes } from 'node:crypto';
import type { EventRecord } from '#gateway/model/message.ts';

/** Payload of one noise record. */
export const NOISE_PAYLOAD_BYTES = 16 * 1024;

/** Records that no compression makes smaller. */
export function noiseRecords(count: number): readonly EventRecord[] {
  const noise = randomBytes(NOISE_PAYLOAD_BYTES * count);
  return Array.from({ length: count }, (_, index) => ({
    topic: 'sensors/camera/frame',
    payload: noise.subarray(index * NOISE_PAYLOAD_BYTES, (index + 1) * NOISE_PAYLOAD_BYTES),
    qos: 1,
    isRetained: false,
    isDuplicate: false,
    clientId: 'camera',
    stamp: { wallMs: 1_795_185_845_200, monotonicMs: 1234.567, clockRun: '0123456789abcdef', quality: 'ntp' },
  }));
}
