import { setTimeout as sleep } from 'node:timers/promises';

/** A signal that aborts with Ctrl-C, SIGTERM, or the reader of the output; the process stays alive until it is disposed of. */
export interface UntilCtrlC extends Disposable {
  readonly signal: AbortSignal;
}

const KEEP_ALIVE_MS = 60_000;

/** For commands that go on until somebody has seen enough: to end one is no failure. */
export function untilCtrlC(): UntilCtrlC {
  const end = new AbortController();
  const stop = () => end.abort();
  for (const signal of SIGNALS) process.once(signal, stop);
  process.stdout.once('error', stop);
  void stayAlive(end.signal);
  return {
    signal: end.signal,
    [Symbol.dispose]() {
      end.abort();
      for (const signal of SIGNALS) process.removeListener(signal, stop);
      process.stdout.removeListener('error', stop);
    },
  };
}

/** The timers of the gateway's clock keep no process alive, and here the wait is all there is. */
async function stayAlive(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) await sleep(KEEP_ALIVE_MS, undefined, { signal }).catch(() => {});
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
