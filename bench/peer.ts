/**
 * A broker under measurement: a process of its own, started with a folder to write in and a port to listen on.
 */

import type { Child } from '#tests/support/child.ts';
import { LoadClient } from './load-client.ts';

/** Where a broker listens for TLS, and with what. */
export interface TlsPlace {
  readonly port: number;
  /** Paths of PEM files. */
  readonly cert: string;
  readonly key: string;
}

/** How a broker is started, beyond what every one gets. */
export interface PeerStart {
  /** Given only to those that speak it. */
  readonly tls?: TlsPlace | undefined;
  /** Whether one client may send as fast as it can, also where the broker would hold it back as shipped; so unless told. */
  readonly isUnthrottled?: boolean;
}

/** How to start one broker. */
export interface Peer {
  readonly name: string;
  /** The version that runs. */
  readonly version: string;
  /** Whether it can be told to listen for TLS too. */
  readonly speaksTls: boolean;
  /** Starts it and does not wait. */
  start(folder: string, port: number, how?: PeerStart): Promise<Child>;
}

/** A peer, or why it is left out. */
export type FoundPeer = Peer | { readonly name: string; readonly missing: string };

const READY_LIMIT_MS = 20_000;
const RETRY_MS = 2;

/** Waits until a client may log in. */
export async function untilReady(child: Child, port: number): Promise<void> {
  const startedMs = performance.now();
  for (;;) {
    try {
      using _client = await LoadClient.open({ port }, 'bench-probe', () => {});
      return;
    } catch (cause) {
      const isLate = performance.now() - startedMs > READY_LIMIT_MS;
      if (isLate || !child.isRunning) throw new Error(`a broker did not start: ${child.output}`, { cause });
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}
