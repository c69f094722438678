import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '#firmware-sim/clock.ts';
import { type Ledger, openLedger } from '#firmware-sim/ledger/ledger.ts';
import type { Piece } from './piece.ts';
import { MAX_PAUSE_MS, Pacer, type PlaybackPort, play } from './play.ts';

let dir: string;
let ledger: Ledger;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'play-'));
  ledger = openLedger(join(dir, 'ledger.ndjson'));
});

afterEach(() => {
  ledger[Symbol.dispose]();
  rmSync(dir, { recursive: true });
});

/** A port that holds a few pieces until they are read. */
class SmallPort implements PlaybackPort {
  isOpen = false;
  readonly held: string[] = [];
  readonly read: string[] = [];

  isListening(): boolean {
    return this.isOpen;
  }

  write(piece: Uint8Array): boolean {
    if (!this.isOpen || this.held.length >= 3) return false;
    this.held.push(Buffer.from(piece).toString());
    return true;
  }

  readSome(): void {
    this.read.push(...this.held.splice(0, 2));
  }
}

const pieces: readonly Piece[] = Array.from({ length: 200 }, (_, index) => ({
  bytes: () => Buffer.from(`piece ${index}`),
  text: `piece ${index}`,
}));

describe('play', () => {
  const options = () => ({
    source: 'gps0' as const,
    speed: 'max' as const,
    clock: systemClock,
    ledger,
    signal: new AbortController().signal,
  });

  it('waits for the reader, and for room, and drops nothing', async () => {
    const port = new SmallPort();
    const played = play(pieces, port, options());
    await new Promise((resolve) => setImmediate(resolve));
    expect(port.held).toEqual([]);
    expect(ledger.playedCount).toBe(0);
    port.isOpen = true;
    await vi.waitUntil(() => port.held.length === 3);
    await vi.waitUntil(
      () => {
        port.readSome();
        return port.read.length === pieces.length;
      },
      { interval: 1, timeout: 5_000 },
    );
    expect(await played).toBe(200);
    expect(port.read).toEqual(pieces.map(({ text }) => text));
    expect(ledger.playedCount).toBe(200);
    expect(ledger.made.gps0).toBe(0);
  });

  it('goes on where it was when the reader comes back', async () => {
    const port = new SmallPort();
    port.isOpen = true;
    const played = play(pieces.slice(0, 10), port, options());
    await vi.waitUntil(() => port.held.length === 3);
    port.isOpen = false;
    port.readSome();
    port.readSome();
    await new Promise((resolve) => setImmediate(resolve));
    expect(port.held).toEqual([]);
    port.isOpen = true;
    await vi.waitUntil(
      () => {
        port.readSome();
        return port.read.length === 10;
      },
      { interval: 1 },
    );
    expect(await played).toBe(10);
    expect(port.read).toEqual(pieces.slice(0, 10).map(({ text }) => text));
  });

  it('ends when it is told to', async () => {
    const port = new SmallPort();
    const stopping = new AbortController();
    const played = play(pieces, port, { ...options(), signal: stopping.signal });
    stopping.abort();
    expect(await played).toBe(0);
  });
});

describe('Pacer', () => {
  function delays(pacer: Pacer, times: readonly (number | undefined)[]): readonly number[] {
    let nowMs = 1_000_000;
    return times.map((timeMs) => {
      const delayMs = pacer.delayMs(timeMs, nowMs);
      nowMs += delayMs;
      return delayMs;
    });
  }

  it('keeps the pauses of the recording', () => {
    expect(delays(new Pacer(1), [500, 500, 700, 1700])).toEqual([0, 0, 200, 1000]);
  });

  it('is ten times as fast', () => {
    expect(delays(new Pacer(10), [500, 700, 1700])).toEqual([0, 20, 100]);
  });

  it('does not wait at all', () => {
    expect(delays(new Pacer('max'), [500, 99_999])).toEqual([0, 0]);
  });

  it('does not wait before what states no time', () => {
    expect(delays(new Pacer(1), [undefined, 500, undefined, 600, undefined])).toEqual([0, 0, 0, 100, 0]);
  });

  it('takes a step back for none, and shortens a night', () => {
    expect(delays(new Pacer(1), [5_000, 1_000, 1_100, 30_000_000])).toEqual([0, 0, 100, MAX_PAUSE_MS]);
  });

  it('makes up for a late timer, but not for an absent reader', () => {
    const pacer = new Pacer(1);
    expect(pacer.delayMs(0, 1_000)).toBe(0);
    expect(pacer.delayMs(100, 1_030)).toBe(70);
    expect(pacer.delayMs(200, 1_150)).toBe(50);
    pacer.restart(9_000);
    expect(pacer.delayMs(300, 9_000)).toBe(100);
  });
});
