import { describe, expect, it } from 'vitest';
import { decodeFlowControl, encodeFlowControl, ISO_TP_TIMEOUT_MS } from './iso-tp.ts';
import { IsoTpSender } from './iso-tp-sender.ts';

const PAYLOAD = Uint8Array.from({ length: 30 }, (_, index) => index);
const GO_ON = { status: 'continue', blockSize: 0, separationTimeMs: 0 } as const;

/** How many frames leave by the given moments. */
function framesAt(sender: IsoTpSender, times: readonly number[]): readonly number[] {
  return times.map((nowMs) => (sender.take(nowMs) === undefined ? 0 : 1));
}

describe('IsoTpSender', () => {
  it('sends a short message at once', () => {
    const sender = new IsoTpSender(Uint8Array.of(0x41, 0x0d, 0x32), 5, { padding: 0 });
    expect(sender.take(4)).toBeUndefined();
    expect(sender.take(5)).toEqual(Uint8Array.of(3, 0x41, 0x0d, 0x32, 0, 0, 0, 0));
    expect(sender.state).toBe('sent');
  });

  it('waits for the receiver, keeps its block size and its separation time', () => {
    const sender = new IsoTpSender(PAYLOAD, 0);
    expect(framesAt(sender, [0, 1])).toEqual([1, 0]);
    sender.control({ ...GO_ON, blockSize: 2, separationTimeMs: 10 }, 20);
    expect(framesAt(sender, [20, 25, 30, 40, 50])).toEqual([1, 0, 1, 0, 0]);
    expect(sender.state).toBe('waiting');
    sender.control(GO_ON, 60);
    expect(framesAt(sender, [60, 60])).toEqual([1, 1]);
    expect(sender.state).toBe('sent');
  });

  it.each([
    ['refuses', 'refused', (sender: IsoTpSender) => sender.control({ ...GO_ON, status: 'overflow' }, 1)],
    ['says nothing', 'timeout', (sender: IsoTpSender) => void sender.take(ISO_TP_TIMEOUT_MS)],
    [
      'asks for patience for ever',
      'refused',
      (sender: IsoTpSender) => {
        for (let nowMs = 1; nowMs < 20; nowMs++) sender.control({ ...GO_ON, status: 'wait' }, nowMs);
      },
    ],
  ])('gives up when the receiver %s', (_, state, act) => {
    const sender = new IsoTpSender(PAYLOAD, 0);
    sender.take(0);
    act(sender);
    expect(sender.state).toBe(state);
    expect(sender.take(10_000)).toBeUndefined();
  });
});

describe('flow control', () => {
  it.each([
    [0x00, 0],
    [0x7f, 127],
    [0xf1, 0.1],
    [0xf9, 0.9],
    [0x80, 127],
    [0xf0, 127],
    [0xff, 127],
  ])('with separation time %i means %d ms [ISO 15765-2, table 20]', (raw, separationTimeMs) => {
    expect(decodeFlowControl(Uint8Array.of(0x30, 8, raw))).toEqual({ ...GO_ON, blockSize: 8, separationTimeMs });
  });

  it('is written as it is read, and never with less time', () => {
    for (const separationTimeMs of [0, 0.1, 0.35, 0.9, 0.95, 1, 20, 127, 500]) {
      const read = decodeFlowControl(encodeFlowControl({ status: 'wait', blockSize: 3, separationTimeMs }));
      expect(read).toMatchObject({ status: 'wait', blockSize: 3 });
      expect(read?.separationTimeMs).toBeGreaterThanOrEqual(Math.min(127, separationTimeMs));
    }
  });
});
