import { ReceiverFramer } from '#devices/ubx/receiver-framer.ts';
import type { UbxFrame } from '#devices/ubx/ubx-frame.ts';

/** The UBX frames in these bytes, to be kept. */
export function readFrames(bytes: Uint8Array): readonly UbxFrame[] {
  const frames: UbxFrame[] = [];
  const onUbx = ({ messageClass, messageId, payload }: UbxFrame) => {
    const { buffer, byteOffset, byteLength } = payload;
    frames.push({ messageClass, messageId, payload: new DataView(buffer.slice(byteOffset, byteOffset + byteLength)) });
  };
  new ReceiverFramer({ onLine: () => {}, onUbx }).push(bytes);
  return frames;
}
