import { expect, it, vi } from 'vitest';
import { FakeJournal } from '#gateway/sinks/testing/fake-journal.ts';
import { ALERTS, openTestSink, TELEMETRY } from '#gateway/sinks/testing/open-test-sink.ts';
import { RawHub } from '#gateway/sinks/testing/raw-hub.ts';
import { PacketLengths } from './packet-lengths.ts';

it.each([1, 2, 3, 7, 1000])('follows packets that come in pieces of %d bytes', (pieceBytes) => {
  const body = Buffer.alloc(200, 0xff);
  const stream = Buffer.from([0xd0, 0, 0x40, 2, 0, 1, 0x30, 0xc8, 0x01, ...body, 0x30, 0xff, 0xff, 0xff, 0x7f, 1, 2]);
  const larger = (maxBytes: number) => {
    const lengths = new PacketLengths();
    for (let at = 0; at < stream.length; at += pieceBytes) {
      const found = lengths.findLarger(stream.subarray(at, at + pieceBytes), maxBytes);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  expect([larger(1), larger(199), larger(200), larger(268_435_455)]).toEqual([2, 200, 268_435_455, undefined]);
});

it('a hub that begins a packet of 256 MiB is left before it is there', async () => {
  await using hub = await RawHub.open();
  hub.connack = Buffer.from([0x20, 2, 0, 0, 0x30, 0xff, 0xff, 0xff, 0x7f, 1]);
  await using sink = await openTestSink(hub.port, new FakeJournal([ALERTS, TELEMETRY]), { connectTimeoutMs: 60_000 });
  await vi.waitFor(() => expect(sink.status().lastError).toMatch(/^hub\.protocolError: .* 268435455 bytes/), 5000);
});
