import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CanFrame } from '#devices/can/can-frame.ts';
import { runToEnd } from './child.ts';
import { isOnPath } from './is-on-path.ts';
import { openScratchFolder } from './scratch-folder.ts';

/** Under CI it must be there: a test that runs nowhere is worse than none. */
export const HAS_TSHARK = (process.env['CI'] ?? '') !== '' || isOnPath('tshark');

/** Why a test was skipped, as part of its name. */
export const NEEDS_TSHARK = HAS_TSHARK ? '' : ' (skipped: tshark is missing; install the package tshark)';

/** What Wireshark makes of one frame of J1939. */
export interface TsharkFrame {
  readonly priority: number;
  readonly pgn: number;
  readonly source: number;
  /** Absent in PDU2. */
  readonly destination: number | undefined;
  /** Hex. */
  readonly data: string;
}

/** What Wireshark reads of extended frames, an independent decoder; it puts no transfers together. */
export async function readJ1939WithTshark(frames: readonly CanFrame[]): Promise<readonly TsharkFrame[]> {
  await using folder = await openScratchFolder();
  const capture = join(folder.path, 'bus.pcap');
  await writeFile(capture, pcapOf(frames));
  const fields = ['priority', 'pgn', 'src_addr', 'dst_addr', 'data'].flatMap((name) => ['-e', `j1939.${name}`]);
  const args = ['-r', capture, '-d', 'can.subdissector,j1939', '-T', 'fields', '-E', 'separator=,', ...fields];
  const { code, stderr, stdout } = await runToEnd('tshark', args);
  if (code !== 0) throw new Error(`tshark failed:\n${stderr}`);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [priority, pgn, source, destination, data = ''] = line.split(',');
      const address = destination === '' ? undefined : Number(destination);
      return { priority: Number(priority), pgn: Number(pgn), source: Number(source), destination: address, data };
    });
}

/** LINKTYPE_CAN_SOCKETCAN. */
const LINK_TYPE = 227;
const EXTENDED_FLAG = 0x8000_0000;

/** A capture of the classical format: a header, and for each frame its time and the 16 bytes of a SocketCAN frame. */
function pcapOf(frames: readonly CanFrame[]): Uint8Array {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2_c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(0xffff, 16);
  header.writeUInt32LE(LINK_TYPE, 20);
  const records = frames.map(({ id, data }, index) => {
    const record = Buffer.alloc(32);
    record.writeUInt32LE(index, 0);
    record.writeUInt32LE(16, 8);
    record.writeUInt32LE(16, 12);
    record.writeUInt32BE(id + EXTENDED_FLAG, 16);
    record[20] = data.length;
    record.set(data, 24);
    return record;
  });
  return Buffer.concat([header, ...records]);
}
