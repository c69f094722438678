import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';

/** The ids of the events in the files of a folder, in the order of the names. */
export async function readEventIds(folder: string): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const name of (await readdir(folder)).toSorted()) {
    if (!name.includes('.ndjson')) continue;
    const bytes = await readFile(join(folder, name));
    const text = (name.includes('.zst') ? unzstd(bytes) : name.includes('.gz') ? gunzipSync(bytes) : bytes).toString();
    // A part of a line has no line feed, or is no JSON.
    if (text !== '' && !text.endsWith('\n')) throw new Error(`${name} ends in the middle of a line`);
    for (const line of text.split('\n').slice(0, -1)) ids.push(String(Object(JSON.parse(line)).id));
  }
  return ids;
}

/** Node reads one frame at a time, and passes over nothing. @see RFC 8878, section 3.1.2 */
function unzstd(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const frameBytes = bytes.readUInt32LE(at + 8);
    parts.push(zstdDecompressSync(bytes.subarray(at + 12, at + 12 + frameBytes)));
    at += 12 + frameBytes;
  }
  return Buffer.concat(parts);
}
