import { type Arrival, openBare, openPublish } from './arrival.ts';
import type { ClientPublish } from './client-packet.ts';

/** Whatever takes the events of a run. */
export interface FarEnd extends AsyncDisposable {
  readonly port: number;
  /** Kills it, and starts it again after a while. */
  restart(awayMs: number): Promise<void>;
  /** What it took of a sink, and what was wrong with it. */
  arrivals(branch: Branch): Promise<{ readonly arrivals: readonly Arrival[]; readonly wrong: readonly string[] }>;
}

/** What a sink publishes. */
export interface Branch {
  /** First level of its topics. */
  readonly prefix: string;
  /** Without envelopes. */
  readonly isBare: boolean;
}

/** The events of a publish; none where it is in another branch. @throws Error what is wrong with it */
export function openIn({ prefix, isBare }: Branch, publish: ClientPublish, connection: number): readonly Arrival[] {
  if (!publish.topic.startsWith(`${prefix}/`)) return [];
  return isBare ? openBare(publish, connection) : openPublish(publish, connection);
}
