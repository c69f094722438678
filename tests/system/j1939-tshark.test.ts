import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CanFrame } from '#devices/can/can-frame.ts';
import { segmentTransfer } from '#devices/can/j1939/segment-transfer.ts';
import { runToEnd } from '#tests/support/child.ts';
import { openScratchFolder } from '#tests/support/scratch-folder.ts';
import { type SeededRandom, seededRandom } from '#tests/support/seeded-random.ts';
import { HAS_TSHARK, NEEDS_TSHARK, readJ1939WithTshark, type TsharkFrame } from '#tests/support/tshark.ts';

const SEED = 1939;

function randomBytes(random: SeededRandom, count: number): Uint8Array {
  return Uint8Array.from({ length: count }, () => random.integer(0, 255));
}

/** Frames of any parameter group but those of transport, from anybody to anybody. */
function randomFrames(random: SeededRandom, count: number): readonly CanFrame[] {
  const frames: CanFrame[] = [];
  while (frames.length < count) {
    // The extended data page belongs to other protocols.
    const id = random.integer(0, 2 ** 29 - 1) & ~(1 << 25);
    const format = (id >> 16) & 0xff;
    if ([0xc7, 0xc8, 0xeb, 0xec].includes(format)) continue;
    frames.push({ id, isExtended: true, isRemote: false, data: randomBytes(random, random.integer(1, 8)) });
  }
  return frames;
}

/** Transfers of four nodes side by side, each between two nodes or from one to all, in a random order of their frames. */
function randomTransfers(random: SeededRandom, count: number): CanFrame[] {
  const queues = new Map<string, CanFrame[]>();
  for (let index = 0; index < count; index++) {
    const source = random.integer(0, 3);
    const destination = random.integer(0, 1) === 0 ? 255 : random.integer(4, 7);
    const key = `${source}>${destination}`;
    const size = random.integer(0, 9) === 0 ? 1785 : random.integer(9, 60);
    const message = { priority: 7, pgn: 65_000 + index, source, destination, data: randomBytes(random, size) };
    queues.set(key, [...(queues.get(key) ?? []), ...segmentTransfer(message, random.integer(1, 16))]);
  }
  const frames: CanFrame[] = [];
  for (;;) {
    const waiting = [...queues.values()].filter((queue) => queue.length > 0);
    const frame = waiting[random.integer(0, waiting.length - 1)]?.shift();
    if (frame === undefined) return frames;
    frames.push(frame);
  }
}

/** What well-behaved transfers come to, of the frames as Wireshark reads them: a few lines that share nothing with the decoder. */
function referenceTransfers(frames: readonly TsharkFrame[]): readonly string[] {
  const open = new Map<string, { head: Buffer; text: string }>();
  const done: string[] = [];
  const finish = (way: string) => {
    const { head, text } = open.get(way) ?? { head: Buffer.alloc(8), text: '' };
    const [from, to] = way.split('>');
    done.push(`${from}>${to} ${head.readUIntLE(5, 3)} ${text.slice(0, 2 * head.readUInt16LE(1))}`);
    open.delete(way);
  };
  for (const { pgn, source, destination, data } of frames) {
    const bytes = Buffer.from(data, 'hex');
    const way = `${source}>${destination}`;
    if (pgn === 60416 && (bytes[0] === 16 || bytes[0] === 32)) open.set(way, { head: bytes, text: '' });
    if (pgn === 60416 && bytes[0] === 19) finish(`${destination}>${source}`);
    if (pgn !== 60160) continue;
    const transfer = open.get(way);
    if (transfer === undefined) continue;
    transfer.text += data.slice(2);
    if (transfer.head[0] === 32 && bytes[0] === transfer.head[3]) finish(way);
  }
  return done;
}

async function decode(frames: readonly CanFrame[]): Promise<readonly Record<string, unknown>[]> {
  await using folder = await openScratchFolder();
  const log = join(folder.path, 'bus.log');
  const lines = frames.map(({ id, data }, index) => {
    const time = `(1700000000.${String(index * 10).padStart(6, '0')})`;
    return `${time} can0 ${id.toString(16).padStart(8, '0')}#${Buffer.from(data).toString('hex')}\n`;
  });
  await writeFile(log, lines.join('').toUpperCase().replaceAll('CAN0', 'can0'));
  const { code, stdout } = await runToEnd(process.execPath, ['gateway/main.ts', 'decode', 'j1939', log]);
  expect(code).toBe(0);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line): Record<string, unknown> => JSON.parse(line));
}

describe.skipIf(!HAS_TSHARK)(`decode j1939 agrees with Wireshark${NEEDS_TSHARK}`, () => {
  it('in priority, parameter group, addresses and data of every frame, and in what transfers come to', async () => {
    const random = seededRandom(SEED);
    const frames = [...randomFrames(random, 2000), ...randomTransfers(random, 60)];
    const [theirs, ours] = await Promise.all([readJ1939WithTshark(frames), decode(frames)]);
    expect(theirs).toHaveLength(frames.length);
    const single = ours.filter(({ transport }) => transport === undefined);
    expect(single.map(({ priority, pgn, sa, da, data }) => ({ priority, pgn, sa, da, data }))).toEqual(
      theirs.map(({ priority, pgn, source: sa, destination: da = 255, data }) => ({ priority, pgn, sa, da, data })),
    );
    const whole = ours.filter(({ transport }) => transport !== undefined);
    const told = whole.map(({ sa, da, pgn, data }) => `${sa}>${da} ${pgn} ${data}`);
    expect(told).toEqual(referenceTransfers(theirs));
    expect(told).toHaveLength(60);
  });
});
