import { readFile } from 'node:fs/promises';
import { type ClientPublish, type ProtocolLevel, readClientPacket } from './client-packet.ts';

/** What a hub noted, in the order in which it happened. */
export type HubNote =
  | { readonly kind: 'opened' | 'closed'; readonly connection: number }
  /** Taken: acknowledged right after, or at least about to be. */
  | { readonly kind: 'taken'; readonly connection: number; readonly publish: ClientPublish }
  /** Answered with a reason that says never. */
  | { readonly kind: 'rejected'; readonly connection: number; readonly publish: ClientPublish }
  /** Bytes that a client may not send. */
  | { readonly kind: 'violation'; readonly connection: number; readonly text: string };

const KINDS = ['opened', 'closed', 'taken4', 'taken5', 'rejected5', 'violation'] as const;

/** How a note stands in the file: length, kind, connection, the packet or text as it came. */
export type NoteKind = (typeof KINDS)[number];

const HEAD_BYTES = 9;

/** One note in bytes. */
export function encodeNote(kind: NoteKind, connection: number, bytes: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32LE(bytes.length, 0);
  head.writeUInt8(KINDS.indexOf(kind), 4);
  head.writeUInt32LE(connection, 5);
  return Buffer.concat([head, bytes]);
}

/** Reads what a hub wrote until it was killed: what is not whole at the end was not acknowledged either. */
export async function readHubLog(file: string): Promise<readonly HubNote[]> {
  const bytes = await readFile(file);
  const notes: HubNote[] = [];
  for (let start = 0; start + HEAD_BYTES <= bytes.length; ) {
    const end = start + HEAD_BYTES + bytes.readUInt32LE(start);
    if (end > bytes.length) break;
    const kind = KINDS[bytes.readUInt8(start + 4)] ?? 'violation';
    notes.push(decodeNote(kind, bytes.readUInt32LE(start + 5), bytes.subarray(start + HEAD_BYTES, end)));
    start = end;
  }
  return notes;
}

function decodeNote(kind: NoteKind, connection: number, body: Buffer): HubNote {
  switch (kind) {
    case 'opened':
    case 'closed':
      return { kind, connection };
    case 'violation':
      return { kind, connection, text: body.toString() };
    case 'taken4':
      return { kind: 'taken', connection, publish: readPublish(body, 4) };
    case 'taken5':
      return { kind: 'taken', connection, publish: readPublish(body, 5) };
    case 'rejected5':
      return { kind: 'rejected', connection, publish: readPublish(body, 5) };
  }
}

function readPublish(body: Buffer, level: ProtocolLevel): ClientPublish {
  const packet = readClientPacket(body, level);
  if (packet.kind !== 'publish') throw new Error(`The hub noted a ${packet.kind} as a publish.`);
  return packet;
}
