import { beforeEach, describe, expect, it } from 'vitest';
import type { GnssReport } from '#gateway/model/gnss-report.ts';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { MemoryLogger } from '#gateway/runtime/memory-logger.ts';
import { ChronyFeed } from './chrony-feed.ts';
import { encodeChronySample } from './chrony-sample.ts';
import type { DatagramPipeFailure } from './datagram-pipe.ts';
import { sampleReport } from './sample-report.ts';

const SOCKET = '/run/chrony.waystation.sock';
const HOST_MS = Date.UTC(2026, 10, 21, 12);

let clock: FakeClock;
let logger: MemoryLogger;
let sent: DataView[];
let pipes: { fail: (reason: DatagramPipeFailure) => void; isOpen: boolean }[];
let hasRoom: boolean;
let feed: ChronyFeed;
beforeEach(() => {
  clock = new FakeClock(HOST_MS);
  logger = new MemoryLogger();
  sent = [];
  pipes = [];
  hasRoom = true;
  feed = new ChronyFeed({
    socket: SOCKET,
    clock,
    logger,
    openPipe: (path, sizeBytes, fail) => {
      expect([path, sizeBytes]).toEqual([SOCKET, 40]);
      const pipe = { fail, isOpen: true };
      pipes.push(pipe);
      return {
        send: ({ buffer }) => hasRoom && sent.push(new DataView(buffer)) > 0,
        [Symbol.dispose]: () => {
          pipe.isOpen = false;
        },
      };
    },
  });
});

/** An epoch whose first bytes came now, by a host that is 1.5 s behind. */
function report(changes: Partial<GnssReport> = {}): GnssReport {
  const [wallMs, monotonicMs] = [clock.wallMs(), clock.monotonicMs()];
  const arrival = { wallMs: 0, monotonicMs, clockRun: '0'.repeat(16), quality: 'none' } as const;
  return sampleReport({ arrival, trustedUnixMs: wallMs + 1_500, ...changes });
}

describe('encodeChronySample', () => {
  it('lays a sample out as chrony reads it: seconds, microseconds, offset, pulse, leap, padding, magic', () => {
    const bytes = Buffer.from(encodeChronySample({ hostMs: 1_795_262_400_250.5, offsetMs: -1_500 }));
    expect([bytes.readBigInt64LE(0), bytes.readBigInt64LE(8)]).toEqual([1_795_262_400n, 250_500n]);
    expect(bytes.readDoubleLE(16)).toBe(-1.5);
    expect([24, 28, 32].map((offset) => bytes.readInt32LE(offset))).toEqual([0, 0, 0]);
    expect(bytes.subarray(36).toString('latin1')).toBe('KCOS');
    expect(bytes).toHaveLength(40);
  });

  it('says that a second will be inserted or left out', () => {
    const leapOf = (leapSecond: 'inserted' | 'deleted') =>
      Buffer.from(encodeChronySample({ hostMs: 0, offsetMs: 0, leapSecond })).readInt32LE(28);
    expect([leapOf('inserted'), leapOf('deleted')]).toEqual([1, 2]);
  });
});

describe('ChronyFeed', () => {
  it('compares the clock of the host with the receiver at the first bytes of an epoch', async () => {
    expect(feed.status()).toEqual({ socket: SOCKET, state: 'waiting', sampleCount: 0, droppedCount: 0 });
    const arrived = report();
    await clock.advance(300);
    feed.take(arrived);
    expect(sent.map((view) => [view.getBigInt64(0, true), view.getFloat64(16, true)])).toEqual([
      [BigInt(HOST_MS / 1000), 1.5],
    ]);
    expect(feed.status()).toMatchObject({ state: 'sending', device: 'gps0', sampleCount: 1, droppedCount: 0 });
  });

  it('hands over no time that is not believed', () => {
    const { trustedUnixMs: _, ...untimed } = report();
    feed.take(untimed);
    expect(pipes).toEqual([]);
  });

  it('follows one receiver, and another only when that is silent', async () => {
    feed.take(report());
    feed.take(report({ device: 'gps1' }));
    expect(feed.status()).toMatchObject({ device: 'gps0', sampleCount: 1 });
    await clock.advance(15_000);
    feed.take(report({ device: 'gps1' }));
    expect(feed.status()).toMatchObject({ device: 'gps1', sampleCount: 2 });
  });

  it('tries again after a while where chronyd does not run, says so once, and forgets it when it does', async () => {
    for (let second = 0; second < 35; second++) {
      const before = pipes.length;
      feed.take(report());
      const isNew = pipes.length > before;
      if (isNew && before < 3) pipes.at(-1)?.fail({ isProgramMissing: false, detail: 'No such file or directory' });
      await clock.advance(1000);
    }
    expect(pipes).toHaveLength(4);
    expect(logger.lines).toHaveLength(1);
    expect(feed.status()).toMatchObject({ state: 'sending', sampleCount: 5 });
    expect(feed.status()).not.toHaveProperty('lastError');
  });

  it('says which program is missing', () => {
    feed.take(report());
    pipes[0]?.fail({ isProgramMissing: true, detail: 'spawn socat ENOENT' });
    expect(feed.status()).toMatchObject({
      state: 'failing',
      sampleCount: 0,
      droppedCount: 1,
      lastError: expect.stringMatching(/^chrony\.noSocat: .*Install socat/),
    });
  });

  it('drops what finds no room, and waits for nobody [P3]', () => {
    hasRoom = false;
    feed.take(report());
    expect(feed.status()).toMatchObject({ sampleCount: 0, droppedCount: 1 });
  });

  it('ends its pipe when it is closed, and opens none any more [P1]', () => {
    feed.take(report());
    feed[Symbol.dispose]();
    feed[Symbol.dispose]();
    feed.take(report());
    expect(pipes.map(({ isOpen }) => isOpen)).toEqual([false]);
  });
});
