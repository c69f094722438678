import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeUbxFrame } from '#devices/ubx/ubx-frame.ts';
import { ReceiverCommands } from './receiver-commands.ts';
import { initialSettings } from './receiver-settings.ts';
import { BAUD_RATES, DEFAULT_RECEIVER } from './receiver-spec.ts';

const SETTINGS = initialSettings({ ...DEFAULT_RECEIVER, protocol: 'mixed' });

const frame = fc
  .record({
    messageClass: fc.constantFrom(0x06, 0x0a, 0x01),
    messageId: fc.constantFrom(0x00, 0x01, 0x04, 0x08, 0x8a, 0x3e),
    payload: fc.uint8Array({ maxLength: 40 }),
  })
  .map(({ payload, ...rest }) => {
    const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
    return encodeUbxFrame({ ...rest, payload: view });
  });

describe('ReceiverCommands', () => {
  it('takes any bytes, and never gets settings that the receiver cannot have', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(frame, fc.uint8Array({ maxLength: 50 })), { maxLength: 8 }), (chunks) => {
        const commands = new ReceiverCommands(SETTINGS);
        for (const { settings } of chunks.flatMap((chunk) => commands.push(chunk))) {
          if (settings === undefined) continue;
          expect(BAUD_RATES).toContain(settings.baud);
          expect(settings.intervalMs).toBeGreaterThanOrEqual(40);
          expect(settings.intervalMs).toBeLessThanOrEqual(10_000);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
