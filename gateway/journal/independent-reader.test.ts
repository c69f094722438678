import { crc32, zstdDecompressSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { MemoryStorage } from './memory-storage.ts';
import { append, openTestJournal, sampleRecord, seededRandom, TELEMETRY, TEST_DIRECTORY } from './open-test-journal.ts';

// A second reader, written from docs/journal-format.md alone: it shares no code with the journal, so that the document and
// the writer cannot drift apart unseen.

interface Found {
  readonly epoch: string;
  readonly sequence: number;
  readonly fields: ReadonlyMap<number, readonly (bigint | Buffer)[]>;
}

/** Reads the segments of one stream, in the order of their numbers. */
function readStream(files: readonly Buffer[]): readonly Found[] {
  const headers = files.map(readHeader);
  return files.flatMap((file, index) => {
    const header = headers[index];
    const next = headers.slice(index + 1).find((later) => later !== undefined);
    return header === undefined ? [] : readFrames(file, header, next?.firstSequence ?? Number.POSITIVE_INFINITY);
  });
}

/** The header, or what a footer or its copy repeats of it. */
function readHeader(file: Buffer) {
  const header = readBlock(file.subarray(0, 4096), 'WAYSTSEG') ?? readBlock(file.subarray(-4096), 'WAYSTEND');
  return header ?? readBlock(file.subarray(4096, 4608), 'WAYSTSEG', 512);
}

function readBlock(block: Buffer, magic: string, sizeBytes = 4096) {
  if (block.length < sizeBytes || block.toString('latin1', 0, 8) !== magic) return undefined;
  if (crc32(block.subarray(0, sizeBytes - 4)) !== block.readUInt32LE(sizeBytes - 4)) return undefined;
  expect(block.readUInt32LE(8)).toBe(1);
  return {
    framesOffset: block.readUInt32LE(12) || 4096,
    salt: block.subarray(16, 32),
    epoch: block.toString('hex', 32, 40),
    firstSequence: Number(block.readBigUInt64LE(40)),
    number: Number(block.readBigUInt64LE(48)),
    sizeBytes: Number(block.readBigUInt64LE(56)),
    stream: block.toString('latin1', 81, 81 + block.readUInt8(80)),
    machine: block.toString('hex', 120, 128),
  };
}

/** What stands at the end of a sealed segment. */
function readFooter(file: Buffer) {
  const block = file.subarray(-4096);
  const header = readBlock(block, 'WAYSTEND');
  if (header === undefined) return undefined;
  const [offset, sizeBytes] = [Number(block.readBigUInt64LE(144)), block.readUInt32LE(152)];
  const index = file.subarray(offset, offset + sizeBytes);
  expect(crc32(Buffer.concat([header.salt, index]))).toBe(block.readUInt32LE(156));
  const messages = (readMessage(index).get(1) ?? []).flatMap((entry) => (entry instanceof Buffer ? [entry] : []));
  const entries = messages.map(readMessage);
  return {
    ...header,
    lastSequence: Number(block.readBigUInt64LE(128)),
    endOffset: Number(block.readBigUInt64LE(136)),
    entries: entries.map((entry) => [1, 2, 3, 4, 5, 6].map((field) => entry.get(field)?.[0])),
    lastStamp: [block.toString('hex', 160, 168), block.readBigUInt64LE(168), block.readBigInt64LE(176), block[184]],
  };
}

function readFrames(file: Buffer, header: NonNullable<ReturnType<typeof readHeader>>, endSequence: number): Found[] {
  const found: Found[] = [];
  let lastSequence = header.firstSequence - 1;
  for (let offset = header.framesOffset; offset + 36 <= Math.min(file.length, header.sizeBytes - 4096); ) {
    const frame = readFrame(file.subarray(offset), header.salt);
    if (frame === undefined || frame.firstSequence <= lastSequence) {
      offset++; // Torn or damaged: look on, byte by byte.
      continue;
    }
    if (frame.firstSequence >= endSequence) break; // Later wins.
    const records = readMessage(frame.body).get(1) ?? [];
    expect(records).toHaveLength(frame.count);
    for (const [index, record] of records.entries()) {
      if (!(record instanceof Buffer)) throw new Error('A record is a message.');
      found.push({ epoch: header.epoch, sequence: frame.firstSequence + index, fields: readMessage(record) });
    }
    lastSequence = frame.firstSequence + frame.count - 1;
    offset += frame.sizeBytes;
  }
  return found;
}

function readFrame(bytes: Buffer, salt: Buffer) {
  if (bytes.readUInt32BE(0) !== 0xf7_57_53_46) return undefined;
  const head = bytes.subarray(0, 28);
  if (crc32(Buffer.concat([salt, head])) !== bytes.readUInt32LE(28)) return undefined;
  const [count, rawBytes, storedBytes] = [bytes.readUInt32LE(8), bytes.readUInt32LE(20), bytes.readUInt32LE(24)];
  if (count < 1 || count > 65_536 || rawBytes > 8 * 2 ** 20 || storedBytes > rawBytes) return undefined;
  const stored = bytes.subarray(36, 36 + storedBytes);
  if (stored.length < storedBytes || crc32(Buffer.concat([salt, head, stored])) !== bytes.readUInt32LE(32))
    return undefined;
  const body = bytes[4] === 1 ? zstdDecompressSync(stored, { maxOutputLength: rawBytes }) : stored;
  expect([bytes[5], body.length]).toEqual([0, rawBytes]);
  return { count, firstSequence: Number(bytes.readBigUInt64LE(12)), body, sizeBytes: 36 + storedBytes };
}

/** Fields by number; varints and fixed ones as bigint. */
function readMessage(bytes: Buffer): Map<number, (bigint | Buffer)[]> {
  const fields = new Map<number, (bigint | Buffer)[]>();
  let offset = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes.readUInt8(offset++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (offset < bytes.length) {
    const tag = Number(varint());
    const isFixed = tag % 8 === 1;
    const sizeBytes = isFixed ? 8 : tag % 8 === 2 ? Number(varint()) : 0;
    const bytesOfValue = bytes.subarray(offset, offset + sizeBytes);
    const value = tag % 8 === 0 ? varint() : isFixed ? bytesOfValue.readBigUInt64LE() : bytesOfValue;
    offset += sizeBytes;
    const number = Math.floor(tag / 8);
    fields.set(number, [...(fields.get(number) ?? []), value]);
  }
  return fields;
}

function readSlots(name: string, file: Buffer) {
  const parts = [file.subarray(0, 4096), file.subarray(4096, 8192), file.subarray(8192, 32_768), file.subarray(32_768)];
  const slots = parts.flatMap((slot) => {
    if (slot.length < 24) return [];
    const body = slot.subarray(24, 24 + slot.readUInt32LE(16));
    const checksum = crc32(body, crc32(slot.subarray(0, 20), crc32(name)));
    const isValid = slot.readUInt32BE(0) === 0xf7_57_53_43 && checksum === slot.readUInt32LE(20);
    return isValid ? [{ generation: slot.readBigUInt64LE(8), fields: readMessage(body) }] : [];
  });
  return slots.toSorted((a, b) => Number(b.generation - a.generation))[0]?.fields;
}

it.each([false, true])('reads by the document what the writer wrote, compressed: %s', async (compress) => {
  const storage = new MemoryStorage();
  const { journal, stream } = await openTestJournal(storage, { compress, segmentBytes: 16_384 });
  const random = seededRandom(3);
  const texts = Array.from({ length: 300 }, (_, index) => `${index} ${String(random()).repeat(5)}`);
  for (let start = 0; start < texts.length; start += 20) {
    if (start === 100) storage.failNext('datasync', 'EIO');
    await Promise.all(texts.slice(start, start + 20).map((text) => append(stream, text)));
  }
  const record = sampleRecord('last', { expirySeconds: 60, userProperties: [['k', 'v']] });
  await new Promise<void>((resolve) => stream.append(record, () => resolve()));
  const cursor = await journal.openCursor('hub', TELEMETRY, 'oldest');
  cursor.advance(6, 5);
  await cursor.persist();
  // Some do not fit the slots that every file has.
  cursor.advance(7, 5, { filterState: () => Buffer.alloc(compress ? 0 : 9000) });
  await cursor.persist();

  const folder = `${TEST_DIRECTORY}/streams/telemetry`;
  const names = (await storage.list(folder)).filter((name) => name.endsWith('.segment')).toSorted();
  expect(names.length).toBeGreaterThan(1);
  const found = readStream(names.map((name) => storage.file(`${folder}/${name}`).content));

  expect(found.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 301 }, (_, index) => index + 1));
  expect(found.every(({ epoch }) => epoch === stream.epoch)).toBe(true);
  expect(found.slice(0, 300).map(({ fields }) => String(fields.get(2)))).toEqual(texts);
  const last = found.at(-1)?.fields;
  expect(String(last?.get(1))).toBe('devices/gps0/position');
  expect([3, 4, 5, 6, 8, 12].map((field) => last?.get(field)?.[0])).toEqual([
    2n * 1_795_185_845_200n,
    1_234_567n,
    0x0123_4567_89ab_cdefn,
    2n,
    1n,
    60n,
  ]);
  expect(String(last?.get(7))).toBe('@gps0');
  expect(String(last?.get(15))).toBe('\n\x01k\x12\x01v');

  const name = 'cursors/hub.telemetry.cursor';
  const position = readSlots(name, storage.file(`${TEST_DIRECTORY}/${name}`).content);
  expect(position?.get(1)?.[0]).toBe(BigInt(`0x${stream.epoch}`));
  expect([position?.get(2)?.[0], position?.get(3)?.[0]]).toEqual([7n, 5n]);
});

it('reads by the document what is sealed: footer and index, and segments whose header is gone', async () => {
  const storage = new MemoryStorage();
  const options = { segmentBytes: 262_144, machine: '00112233445566ff' };
  const { stream } = await openTestJournal(storage, options);
  const texts = Array.from({ length: 120 }, (_, index) => `${index}`.padEnd(4000, '.'));
  for (const text of texts) await append(stream, text);
  const folder = `${TEST_DIRECTORY}/streams/telemetry`;
  const names = (await storage.list(folder)).filter((name) => name.endsWith('.segment')).toSorted();
  const files = names.map((name) => Buffer.from(storage.file(`${folder}/${name}`).content));
  const [sealed, active] = files;
  if (sealed === undefined || active === undefined) throw new Error('There are two segments.');

  const footer = readFooter(sealed);
  expect(readFooter(active)).toBeUndefined();
  expect(footer).toMatchObject({
    number: 1,
    machine: '00112233445566ff',
    stream: 'telemetry',
    sizeBytes: sealed.length,
  });
  expect(footer?.lastSequence).toBe((readHeader(active)?.firstSequence ?? 0) - 1);
  expect(sealed.readBigUInt64LE(footer?.endOffset ?? 0)).toBe(0n);
  expect(footer?.lastStamp).toEqual(['0123456789abcdef', 1_234_567n, 1_795_185_845_200n, 2]);
  expect(footer?.entries.length).toBeGreaterThan(2);
  for (const [firstSequence, offset, ...stamp] of footer?.entries ?? []) {
    expect(sealed.readBigUInt64LE(Number(offset) + 12)).toBe(firstSequence);
    expect(stamp).toEqual([0x0123_4567_89ab_cdefn, 1_234_567n, 2n * 1_795_185_845_200n, 2n]);
  }
  for (const file of [sealed, active]) file.fill(0, 0, 4096);
  expect(readStream(files).map(({ fields }) => String(fields.get(2)))).toEqual(texts);
});
