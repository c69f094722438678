import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { findFreePort } from '#tests/support/free-ports.ts';
import type { MeasurementLog } from './measurement.ts';
import { type Peer, untilReady } from './peer.ts';

/** What every scenario works with. */
export interface Bench {
  readonly peers: readonly Peer[];
  readonly roundCount: number;
  /** How long one load lasts. */
  readonly loadMs: number;
  readonly log: MeasurementLog;
  /** Scratch space on the disk under measurement. */
  readonly folder: string;
  /** Says how far the run is. */
  readonly progress: (text: string) => void;
}

/** A peer that runs and takes logins. */
export interface RunningPeer extends AsyncDisposable {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
  readonly folder: string;
}

/**
 * Starts a peer in a folder of its own, and ends it with its folder.
 *
 * @param which the `second` start finds what an earlier one left in the folder
 */
export async function startPeer(bench: Bench, peer: Peer, which: 'first' | 'second' = 'first'): Promise<RunningPeer> {
  await using stack = new AsyncDisposableStack();
  const folder = await openFolder(bench, stack);
  const port = await findFreePort();
  if (which === 'second') {
    await using earlier = await peer.start(folder, port);
    await untilReady(earlier, port);
    await earlier.stop();
  }
  const child = stack.use(await peer.start(folder, port));
  await untilReady(child, port);
  const owned = stack.move();
  return { name: peer.name, port, pid: child.pid, folder, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** An empty folder that goes away with the stack. */
export async function openFolder(bench: Bench, stack: AsyncDisposableStack): Promise<string> {
  await mkdir(bench.folder, { recursive: true });
  const folder = await mkdtemp(join(bench.folder, 'run-'));
  stack.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** Calls `measure` once per round and peer, in alternation, so that a disturbance hits all of them. */
export async function inAlternation<T extends { readonly name: string }>(
  bench: Bench,
  title: string,
  subjects: readonly T[],
  measure: (subject: T) => Promise<string>,
): Promise<void> {
  for (let round = 1; round <= bench.roundCount; round++) {
    for (const subject of subjects) {
      const found = await measure(subject);
      bench.progress(`${title.padEnd(11)} ${round}/${bench.roundCount}  ${subject.name.padEnd(11)} ${found}`);
    }
  }
}
