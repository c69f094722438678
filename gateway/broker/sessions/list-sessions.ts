import type { BrokerLimits } from '#gateway/model/broker-limits.ts';
import type { ClientSession } from '#gateway/model/client-sessions.ts';
import type { Session } from './session.ts';
import type { Sessions } from './sessions.ts';

/** What {@link listSessions} needs to know beside the sessions. */
export interface ListingOptions extends Pick<BrokerLimits, 'sessionExpiryDays'> {
  /** On the monotonic clock. */
  readonly nowMs: number;
}

/** Every persistent session: whose client is away first, those that have been for longest before the others, then by client id. */
export function listSessions(sessions: Sessions, options: ListingOptions): readonly ClientSession[] {
  const kept = [...sessions].filter(({ isPersistent }) => isPersistent);
  return kept.map((session) => describe(session, sessions.awayMs(session), options)).sort(byAbsence);
}

function describe(session: Session, awayMs: number, { nowMs, sessionExpiryDays }: ListingOptions): ClientSession {
  const { clientId, username, holder, subscriptions, outgoing } = session;
  const { oldest } = outgoing;
  const isConnected = holder !== undefined;
  const expiresInSeconds = Math.max(0, seconds(sessionExpiryDays * MS_PER_DAY - awayMs));
  return {
    client: clientId,
    ...(username === undefined ? {} : { user: username }),
    isConnected,
    ...(isConnected ? {} : { awaySeconds: seconds(awayMs) }),
    ...(isConnected || sessionExpiryDays === 0 ? {} : { expiresInSeconds }),
    subscriptionCount: subscriptions.size,
    queuedCount: outgoing.length,
    queuedBytes: outgoing.sizeBytes,
    ...(oldest === undefined ? {} : { oldestSeconds: seconds(nowMs - oldest.queuedMs) }),
  };
}

function byAbsence(one: ClientSession, other: ClientSession): number {
  return (other.awaySeconds ?? -1) - (one.awaySeconds ?? -1) || (one.client < other.client ? -1 : 1);
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}

/** A day of the process running. */
export const MS_PER_DAY = 86_400_000;
