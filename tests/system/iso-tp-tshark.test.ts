import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { IsoTpReassembler } from '#devices/obd/iso-tp-reassembler.ts';
import { segmentIsoTp } from '#devices/obd/segment-iso-tp.ts';
import { runToEnd } from '#tests/support/child.ts';
import { isOnPath } from '#tests/support/is-on-path.ts';
import { openScratchFolder } from '#tests/support/scratch-folder.ts';
import { seededRandom } from '#tests/support/seeded-random.ts';

/** Under CI it must be there: a test that runs nowhere is worse than none. */
const HAS_TSHARK = (process.env['CI'] ?? '') !== '' || isOnPath('tshark');
const NEEDS_TSHARK = HAS_TSHARK ? '' : ' (skipped: tshark is missing; install the package tshark)';
const SEED = 15_765;
const IDS = [0x7e8, 0x7e9, 0x7ef, 0x18daf110, 0x18daf1ee];
/** Beyond sixteen the sequence wraps. */
const MAX_PIECES = 17;

interface Sent {
  readonly id: number;
  readonly data: Uint8Array;
}

/** Messages of several control units, one after the other: tshark does not keep them apart when their frames are mixed. */
function makeTraffic(): { readonly frames: readonly Sent[]; readonly messages: readonly string[] } {
  const random = seededRandom(SEED).next;
  const frames: Sent[] = [];
  const messages: string[] = [];
  for (let round = 0; round < 60; round++) {
    const queues = IDS.map((id) => {
      const payload = Uint8Array.from({ length: 1 + Math.floor(random() * 7 * MAX_PIECES) }, () =>
        Math.floor(random() * 256),
      );
      messages.push(`${id} ${Buffer.from(payload).toString('hex')}`);
      return segmentIsoTp(payload, { padding: 0xcc }).map((data) => ({ id, data }));
    });
    frames.push(...queues.flat());
  }
  return { frames, messages };
}

function asCandump({ id, data }: Sent, index: number): string {
  const digits = id
    .toString(16)
    .toUpperCase()
    .padStart(id > 0x7ff ? 8 : 3, '0');
  return `(${(1_600_000_000 + index / 1000).toFixed(6)}) can0 ${digits}#${Buffer.from(data).toString('hex').toUpperCase()}\n`;
}

/** Whole messages, in the order of their ends. */
async function readWithTshark(file: string): Promise<readonly string[]> {
  const fields = ['can.id', 'iso15765.message_type', 'iso15765.reassembled.length', 'data.data'].flatMap((name) => [
    '-e',
    name,
  ]);
  const options = ['-2', '-r', file, '-d', 'can.subdissector,iso15765'];
  const { code, stdout, stderr } = await runToEnd('tshark', [...options, '-T', 'fields', ...fields]);
  if (code !== 0) throw new Error(`tshark failed:\n${stderr}`);
  return stdout.split('\n').flatMap((line) => {
    const [id, type, reassembledBytes, data] = line.split('\t');
    return type === '0x00' || (reassembledBytes ?? '') !== '' ? [`${id} ${data}`] : [];
  });
}

it.skipIf(!HAS_TSHARK)(
  `messages are put together as tshark does, sequence wrap and five senders${NEEDS_TSHARK}`,
  async () => {
    await using folder = await openScratchFolder();
    const { frames, messages } = makeTraffic();
    const file = join(folder.path, 'diagnostics.log');
    await writeFile(file, frames.map(asCandump).join(''));
    const heard: string[] = [];
    const reassembler = new IsoTpReassembler(({ id, payload }) =>
      heard.push(`${id} ${Buffer.from(payload).toString('hex')}`),
    );
    for (const [index, { id, data }] of frames.entries())
      reassembler.take({ id, isExtended: id > 0x7ff, isRemote: false, data }, index);
    expect([...heard].sort()).toEqual([...messages].sort());
    expect(await readWithTshark(file)).toEqual(heard);
  },
);
