import { expect, it } from 'vitest';
import { ubxChecksum } from './ubx-frame.ts';
import { decodeUbxMessage, encodeUbxMessage } from './ubx-message.ts';

it('puts header, little-endian length and checksum around a payload [UBX frame structure]', () => {
  const frame = encodeUbxMessage({ type: 'NAV-EOE', itowMs: 0x01020304 });
  expect([...frame]).toEqual([0xb5, 0x62, 0x01, 0x61, 4, 0, 4, 3, 2, 1, 0x70, 0xe5]);
});

it('sums as the interface description does [UBX checksum]', () => {
  // The poll of MON-VER, as it stands in many a manual: B5 62 0A 04 00 00 0E 34.
  expect(ubxChecksum(Uint8Array.of(0x0a, 0x04, 0, 0), 0, 4)).toBe(0x340e);
});

it('has no opinion on messages that it does not know', () => {
  const payload = new DataView(new ArrayBuffer(4));
  expect(decodeUbxMessage({ messageClass: 0x02, messageId: 0x15, payload })).toBeUndefined();
});
