import { closeSync, constants, existsSync, openSync, readSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openPseudoTerminal, type PseudoTerminal } from './pseudo-terminal.ts';
import { openReader, type Reader } from './testing/open-reader.ts';

const ALL_BYTES = Uint8Array.from({ length: 256 }, (_, value) => value);

let terminal: PseudoTerminal;
let readers: Reader[] = [];

function plugIn(): PseudoTerminal {
  terminal = openPseudoTerminal();
  return terminal;
}

async function read(path: string): Promise<Reader> {
  const reader = await openReader(path);
  readers.push(reader);
  return reader;
}

afterEach(async () => {
  for (const reader of readers) await reader.close();
  readers = [];
  terminal.close();
});

/** Everything the reader sent, until there are `sizeBytes` of it. */
async function readAll(source: PseudoTerminal, sizeBytes: number): Promise<Buffer> {
  let received = Buffer.alloc(0);
  await vi.waitUntil(() => {
    received = Buffer.concat([received, source.read().bytes]);
    return received.length >= sizeBytes;
  });
  return received;
}

describe('openPseudoTerminal', () => {
  it('carries all 256 byte values to the reader, none stolen', async () => {
    const { path } = plugIn();
    const { received } = await read(path);
    expect(terminal.write(ALL_BYTES)).toBe(256);
    await vi.waitUntil(() => received().length >= 256);
    expect(received()).toEqual(Buffer.from(ALL_BYTES));
  });

  it('carries all 256 byte values from the reader', async () => {
    const { path } = plugIn();
    const reader = await read(path);
    reader.write(ALL_BYTES);
    expect(await readAll(terminal, 256)).toEqual(Buffer.from(ALL_BYTES));
  });

  it('echoes nothing and changes nothing, even for a reader that sets no modes', async () => {
    const { path } = plugIn();
    const fd = openSync(path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
    try {
      const sent = '$GNRMC\r\n\x03\x04\x13';
      terminal.write(Buffer.from(sent));
      const received = Buffer.alloc(64);
      let sizeBytes = 0;
      await vi.waitUntil(() => {
        try {
          sizeBytes += readSync(fd, received, sizeBytes, received.length - sizeBytes, null);
        } catch {
          // Not there yet.
        }
        return sizeBytes >= sent.length;
      });
      expect(received.toString('latin1', 0, sizeBytes)).toBe(sent);
      expect(terminal.read()).toEqual({ isReaderThere: true, bytes: new Uint8Array() });
    } finally {
      closeSync(fd);
    }
  });

  it('knows whether a reader is there, again and again', async () => {
    const { path } = plugIn();
    for (let round = 0; round < 3; round++) {
      expect(terminal.read().isReaderThere).toBe(false);
      const reader = await read(path);
      expect(terminal.read().isReaderThere).toBe(true);
      await reader.close();
    }
    expect(terminal.read().isReaderThere).toBe(false);
  });

  it('takes nothing more, and does not wait, when the reader does not read', () => {
    const { path } = plugIn();
    const fd = openSync(path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
    try {
      let takenBytes = 0;
      for (let taken = 1; taken > 0; takenBytes += taken) taken = terminal.write(ALL_BYTES);
      expect(takenBytes).toBeGreaterThan(1024);
      expect(takenBytes).toBeLessThan(1024 * 1024);
    } finally {
      closeSync(fd);
    }
  });

  it('vanishes when it is closed, and the reader sees the device go', async () => {
    const { path } = plugIn();
    const reader = await read(path);
    await reader.idle();
    terminal.close();
    expect(await reader.gone).toMatchObject({ disconnected: true });
    await vi.waitUntil(() => !existsSync(path));
    expect(terminal.read().isReaderThere).toBe(false);
    expect(terminal.write(ALL_BYTES)).toBe(0);
  });
});
