import { formatDuration } from '#gateway/cli/format-duration.ts';
import { formatBytes, formatTable } from '#gateway/cli/format-table.ts';
import { counted } from '#gateway/model/counted.ts';
import type { Flow, GoneClient, LiveClient, LiveClients } from '#gateway/model/live-clients.ts';
import { oneLine } from '#gateway/model/one-line.ts';

/** The clients as a person reads them: who is there, who left last, and what was refused to whom. */
export function formatLiveClients({ clients, gone }: LiveClients): string {
  const blocks = [
    counted(clients.length, 'client'),
    ...(clients.length === 0 ? [] : [formatTable(LIVE_COLUMNS, clients.map(liveRow))]),
    ...linesOf(clients),
    ...(gone.length === 0 ? [] : [formatTable(GONE_COLUMNS, gone.map(goneRow))]),
    ...linesOf(gone),
  ];
  return `${blocks.join('\n\n')}\n`;
}

const LIVE_COLUMNS = 'client user address listener for mqtt keep-alive in out subscriptions inflight queued'.split(' ');
const GONE_COLUMNS = 'gone user address listener since after reason'.split(' ');

function liveRow(client: LiveClient): readonly (string | number)[] {
  const { protocol, keepAliveSeconds, isPersistent, queuedCount, queuedBytes } = client;
  return [
    ...whoIs(client),
    formatDuration(client.connectedSeconds),
    isPersistent ? `${protocol} kept` : protocol,
    keepAliveSeconds === 0 ? 'off' : `${keepAliveSeconds} s`,
    formatFlow(client.received),
    formatFlow(client.sent),
    client.subscriptionCount,
    client.inflightCount,
    queuedCount === 0 ? '0' : `${queuedCount}, ${formatBytes(queuedBytes)}`,
  ];
}

function goneRow(client: GoneClient): readonly string[] {
  const { goneSeconds, connectedSeconds, reason } = client;
  return [...whoIs(client), `${formatDuration(goneSeconds)} ago`, formatDuration(connectedSeconds), reason];
}

function whoIs({ client, user, address, listener }: LiveClient | GoneClient): readonly string[] {
  return [oneLine(client), user === undefined ? '-' : oneLine(user), address, listener];
}

function formatFlow({ publishesPerSecond, bytesPerSecond }: Flow): string {
  return bytesPerSecond === 0 ? '-' : `${publishesPerSecond}/s ${formatBytes(Math.round(bytesPerSecond))}/s`;
}

function linesOf(clients: readonly (LiveClient | GoneClient)[]): string[] {
  const lines = clients.flatMap(({ client, lastError }) =>
    lastError === undefined ? [] : [`${oneLine(client)}: ${oneLine(lastError)}`],
  );
  return lines.length === 0 ? [] : [lines.join('\n')];
}
