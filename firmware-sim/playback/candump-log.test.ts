import { expect, it } from 'vitest';
import { encodeSlcanFrame } from '#devices/can/slcan/slcan-frame.ts';
import { readCandumpLog } from './candump-log.ts';

const LOG = `(166.000000) vcan0 21A#FE3612FE690507AD
(166.250500) vcan0 18FEF100#01
(166.300000) vcan0 123##0AA
nonsense

(166.400000) vcan0 7FF#R
`;

it('reads the frames that SLCAN can carry, with their times, and counts the other lines', () => {
  const { pieces, skippedCount } = readCandumpLog(LOG, (frame) => encodeSlcanFrame(frame));
  expect([...pieces].map(({ timeMs, text, bytes }) => [timeMs, text, Buffer.from(bytes()).toString()])).toEqual([
    [166_000, '(166.000000) vcan0 21A#FE3612FE690507AD', 't21A8FE3612FE690507AD\r'],
    [166_250.5, '(166.250500) vcan0 18FEF100#01', 'T18FEF100101\r'],
    [166_300, '(166.300000) vcan0 123##0AA', 'd1231AA\r'],
    [166_400, '(166.400000) vcan0 7FF#R', 'r7FF0\r'],
  ]);
  expect(skippedCount).toBe(1);
});
