import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { TestCertificates } from '#gateway/broker/listeners/testing/test-certificates.ts';
import { findFreePort } from '#tests/support/free-ports.ts';
import type { MeasurementLog } from './measurement.ts';
import { type Peer, type TlsPlace, untilReady } from './peer.ts';

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
  /** Undefined unless it was asked for, of a peer that speaks TLS. */
  readonly tlsPort: number | undefined;
  readonly pid: number;
  readonly folder: string;
}

/** How long a process runs that another follows: nobody ends a service in the moment in which its port opens. */
export const UPTIME_MS = 1000;

/** How {@link startPeer} starts one. */
interface StartChoices {
  /** The `second` start finds what an earlier one left in the folder. */
  readonly which?: 'first' | 'second';
  /** Whether it listens for TLS too, if it can, with a certificate made for the run. */
  readonly hasTls?: boolean;
  /** As of a {@link Peer.start}. */
  readonly isUnthrottled?: boolean;
}

/** Starts a peer in a folder of its own, and ends it with its folder. */
export async function startPeer(
  bench: Bench,
  peer: Peer,
  { which = 'first', hasTls = false, isUnthrottled = true }: StartChoices = {},
): Promise<RunningPeer> {
  await using stack = new AsyncDisposableStack();
  const folder = await openFolder(bench, stack);
  const port = await findFreePort();
  if (which === 'second') {
    await using earlier = await peer.start(folder, port);
    await untilReady(earlier, port);
    await delay(UPTIME_MS);
    await earlier.stop();
  }
  const tls = hasTls && peer.speaksTls ? await makeTlsPlace(stack) : undefined;
  const child = stack.use(await peer.start(folder, port, { tls, isUnthrottled }));
  await untilReady(child, port);
  const owned = stack.move();
  const { name } = peer;
  return { name, port, tlsPort: tls?.port, pid: child.pid, folder, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function makeTlsPlace(stack: AsyncDisposableStack): Promise<TlsPlace> {
  const certificates = stack.use(await TestCertificates.make());
  return { port: await findFreePort(), ...(await certificates.issue('bench')) };
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
