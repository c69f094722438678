import { formatDuration } from '#gateway/cli/format-duration.ts';
import { formatBytes, formatTable } from '#gateway/cli/format-table.ts';
import type { ClientSession } from '#gateway/model/client-sessions.ts';
import { counted } from '#gateway/model/counted.ts';
import { oneLine } from '#gateway/model/one-line.ts';

/** The sessions as a person reads them. */
export function formatSessions(sessions: readonly ClientSession[]): string {
  const head = counted(sessions.length, 'persistent session');
  return sessions.length === 0 ? `${head}\n` : `${head}\n\n${formatTable(COLUMNS, sessions.map(rowOf))}\n`;
}

/** What ends with a session: `3 messages, 2.0 KiB`. */
export function formatQueue({ queuedCount, queuedBytes }: ClientSession): string {
  return queuedCount === 0 ? 'nothing' : `${counted(queuedCount, 'message')}, ${formatBytes(queuedBytes)}`;
}

const COLUMNS = ['session', 'account', 'away', 'ends in', 'subscriptions', 'queued', 'oldest'];

function rowOf(session: ClientSession): readonly (string | number)[] {
  const { client, user, awaySeconds, expiresInSeconds, subscriptionCount, oldestSeconds } = session;
  return [
    oneLine(client),
    user === undefined ? '-' : oneLine(user),
    awaySeconds === undefined ? 'connected' : formatDuration(awaySeconds),
    expiresInSeconds === undefined ? '-' : formatDuration(expiresInSeconds),
    subscriptionCount,
    formatQueue(session),
    oldestSeconds === undefined ? '-' : formatDuration(oldestSeconds),
  ];
}
