import { counted } from '#gateway/model/counted.ts';
import { oneLine } from '#gateway/model/one-line.ts';
import { orphanNews } from '#gateway/model/orphan-news.ts';
import type {
  BrokerStatus,
  ClockStatus,
  GatewayStatus,
  HandoverStatus,
  JournalStatus,
  RulesStatus,
  SourceStatus,
  StreamStatus,
} from '#gateway/model/status.ts';
import { busLines } from './bus-lines.ts';
import { describeCertificate } from './certificates-commands.ts';
import { deadLetterLines, powerLine } from './delivery-lines.ts';
import { formatDuration } from './format-duration.ts';
import { formatLinks } from './format-links.ts';
import { formatSinks } from './format-sinks.ts';
import { formatBytes, formatTable } from './format-table.ts';
import { obdLines } from './obd-lines.ts';
import { receiverLines } from './receiver-lines.ts';

/** The status as a person reads it: one table per part. */
export function formatStatus(status: GatewayStatus): string {
  const { gateway, clock, journal, broker, sources, sinks, links = [], handover, rules } = status;
  const blocks = [
    `${gateway.id}: waystation ${gateway.version}, process ${gateway.pid}, up ${formatDuration(gateway.uptimeSeconds)}`,
    formatClock(clock),
    formatBroker(broker),
    formatJournal(journal),
    formatStreams(journal.streams),
    ...(sources.length === 0 ? [] : [formatSources(sources)]),
    ...(sinks.length === 0 ? [] : [formatSinks(sinks, links)]),
    ...(links.length === 0 ? [] : [formatLinks(links)]),
    ...blockOf(deadLetterLines(status.deadLetters)),
    powerLine(status.power),
    ...blockOf(formatOrphans(status)),
    ...blockOf(formatHandover(handover)),
    ...(rules === undefined ? [] : [formatRules(rules)]),
  ];
  return `${blocks.join('\n\n')}\n`;
}

function blockOf(lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [lines.join('\n')];
}

function formatBroker(broker: BrokerStatus): string {
  const { listeners, clientCount, awayCount, publishedCount, refusals, disconnects } = broker;
  const doors = listeners.map(({ type, host, port }) => `${type} ${host}:${port}`).join(', ');
  const away = awayCount === 0 ? '' : `, ${awayCount} more away`;
  const queued = broker.queuedCount === 0 ? '' : `, ${broker.queuedCount} queued (${formatBytes(broker.queuedBytes)})`;
  const retained = broker.retainedCount === 0 ? '' : `, ${broker.retainedCount} retained`;
  const held = `${away}, ${counted(broker.subscriptionCount, 'subscription')}${queued}${retained}`;
  const head = `broker ${doors}: ${counted(clientCount, 'client')}${held}, ${publishedCount} published`;
  const certificates = listeners.flatMap(({ certificates: all = [], lastError }) => [
    ...all.map((each) => `\ncertificate ${describeCertificate(each)}`),
    ...(lastError === undefined ? [] : [`\n  the files are newer and not in use: ${lastError}`]),
  ]);
  const counts = `${formatCounts(', refused', refusals)}${formatCounts('\nconnections ended:', disconnects)}`;
  return `${head}${counts}${formatState(broker)}${certificates.join('')}`;
}

function formatState({ state, expiredSessionCount }: BrokerStatus): string {
  const expired =
    expiredSessionCount === 0
      ? ''
      : `\n${counted(expiredSessionCount, 'session')} ended: the client was away for too long`;
  if (state === undefined) return expired;
  const { keyCount, sizeBytes, pendingCount, pendingBytes, lastError } = state;
  const pending =
    pendingCount === 0 ? '' : `, ${counted(pendingCount, 'change')} to write (${formatBytes(pendingBytes)})`;
  const failure = lastError === undefined ? '' : `\n  not written: ${oneLine(lastError)}`;
  return `${expired}\nremembered over a restart: ${counted(keyCount, 'key')}, ${formatBytes(sizeBytes)} on disk${pending}${failure}`;
}

function formatJournal(journal: JournalStatus): string {
  const { state, appendedCount, refusedCount, syncCount } = journal;
  const head = `journal ${state}: ${appendedCount} appended, ${refusedCount} refused, ${counted(syncCount, 'sync')}`;
  return [head, ...formatLastError({ id: 'journal', ...journal }), formatWear(journal)].join('\n');
}

function formatWear({ writtenBytes, wear }: JournalStatus): string {
  const { logicalBytes, processBytes, device, amplification } = wear;
  const parts = [
    `${formatBytes(logicalBytes)} of records`,
    `${formatBytes(writtenBytes)} written by the journal`,
    processBytes === undefined ? 'by the process not known' : `${formatBytes(processBytes)} by the process`,
    device === undefined ? 'dataDir has no disk of its own to ask' : `${formatBytes(device.bytes)} to ${device.name}`,
    ...(amplification === undefined ? [] : [`amplification ${amplification.toFixed(1)}`]),
    ...formatLife(wear),
  ];
  return `wear: ${parts.join(', ')}`;
}

function formatLife({ enduranceTB, projectedLifeDays: days }: JournalStatus['wear']): string[] {
  if (enduranceTB === undefined) return [];
  if (days === undefined) return [`life of a card of ${enduranceTB} TB not known yet`];
  const life = days < 2 * DAYS_PER_YEAR ? `${counted(days, 'day')}` : `${Math.floor(days / DAYS_PER_YEAR)} years`;
  return [`a new card of ${enduranceTB} TB lasts ${life} at this rate`];
}

const DAYS_PER_YEAR = 365;

function formatClock(clock: ClockStatus): string {
  const { quality, anchor, anchorAgeSeconds = 0, stepCount, correctionCount } = clock;
  const date = { none: 'cannot be right', system: 'may be wrong', ntp: 'is kept by a time server', gnss: 'is right' };
  const since = `the time is known from ${anchor} for ${formatDuration(anchorAgeSeconds)}`;
  const parts = [
    `the date of the host ${date[quality]}`,
    anchor === undefined ? 'the time is not known otherwise' : since,
    ...formatReceivers(clock),
    counted(stepCount, 'step'),
    ...(correctionCount === 0 ? [] : [counted(correctionCount, 'correction')]),
  ];
  return `clock: ${parts.join('; ')}`;
}

function formatReceivers({ receivers, hostOffsetMs = 0 }: ClockStatus): string[] {
  if (receivers === 'unknown') return [];
  if (receivers === 'disputed') return ['the receivers contradict each other'];
  const offset = `${(Math.abs(hostOffsetMs) / 1000).toFixed(2)} s ${hostOffsetMs < 0 ? 'behind' : 'ahead of'}`;
  return [`the host is ${offset} the receivers`];
}

function formatStreams(streams: readonly StreamStatus[]): string {
  const rows = streams.map((stream) => [
    stream.id,
    stream.state,
    ...(stream.oldestSequence > stream.syncedSequence
      ? ['-', stream.syncedSequence || '-']
      : [stream.oldestSequence, stream.syncedSequence]),
    formatBytes(stream.sizeBytes),
    stream.segmentCount,
  ]);
  const table = formatTable(['stream', 'state', 'oldest', 'synced', 'size', 'segments'], rows);
  return [table, ...streams.flatMap(formatLastError)].join('\n');
}

function formatSources(sources: readonly SourceStatus[]): string {
  const rows = sources.map((source) => [
    source.id,
    source.type,
    source.state,
    source.baud ?? (source.path === undefined || source.type === 'socketcan' ? '-' : 'looking'),
    formatCounts('', source.messages).trim() || '-',
    source.lastMessageAgeMs === undefined ? '-' : `${formatDuration(source.lastMessageAgeMs / 1000)} ago`,
    source.publishedCount,
    source.refusedCount,
    source.reopenCount,
    formatCounts('', source.rejections).trim() || '-',
  ]);
  const table = formatTable(SOURCE_COLUMNS, rows);
  return [
    table,
    ...sources.flatMap(receiverLines),
    ...sources.flatMap(busLines),
    ...sources.flatMap(obdLines),
    ...sources.flatMap(formatOpenPath),
    ...sources.flatMap(formatLastError),
  ].join('\n');
}

const SOURCE_COLUMNS = 'device type state baud messages last events refused reopened rejected'.split(' ');

function formatOpenPath({ id, path, openPath }: SourceStatus): string[] {
  return openPath === undefined ? [] : [`${id}: ${path} is gone; read by the socket it was seen in last, ${openPath}`];
}

function formatHandover({ chrony, gpsd }: HandoverStatus): string[] {
  const lines: string[] = [];
  if (chrony !== undefined) {
    const { state, socket, device, sampleCount, droppedCount } = chrony;
    const from = device === undefined ? '' : ` of ${device}`;
    const why = state === 'waiting' ? ' for a receiver whose time is believed' : '';
    lines.push(`chrony ${state}${why}: ${counted(sampleCount, 'sample')}${from} to ${socket}, ${droppedCount} dropped`);
    lines.push(...formatLastError({ id: 'chrony', ...chrony }));
  }
  if (gpsd !== undefined) {
    const { host, port, isListening, clientCount, droppedClientCount } = gpsd;
    const at = `${host}:${port}${isListening ? '' : ' not to be had'}`;
    lines.push(`gpsd ${at}: ${counted(clientCount, 'client')}, ${droppedClientCount} dropped`);
  }
  return lines;
}

function formatRules(rules: RulesStatus): string {
  const { state, isConnected, url, login, rssBytes, restartCount, refusedPublishCount, lastError } = rules;
  const away = state === 'running' && !isConnected ? ', not connected to the broker' : '';
  const refused = refusedPublishCount === 0 ? '' : `, ${counted(refusedPublishCount, 'publish', 'publishes')} refused`;
  const editor = `editor ${url}, login ${login.username}, password in ${login.passwordFile}`;
  const head = `rules ${state}${away}: ${formatBytes(rssBytes)}, ${counted(restartCount, 'restart')}${refused}; ${editor}`;
  return lastError === undefined ? head : `${head}\nrules: ${oneLine(lastError)}`;
}

/** Backlogs that nobody sends as it is configured. */
function formatOrphans({ journal: { orphans = [] }, sinks }: GatewayStatus): string[] {
  const news = orphanNews(
    orphans,
    sinks.map(({ id }) => id),
  );
  return news.map(({ part, what, remedy }) => `${part}: ${what} ${remedy}`);
}

function formatLastError({ id, lastError }: { readonly id: string; readonly lastError?: string }): string[] {
  return lastError === undefined ? [] : [`${id}: ${oneLine(lastError)}`];
}

function formatCounts(title: string, counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).filter(([, count]) => count > 0);
  return parts.length === 0 ? '' : `${title} ${parts.map(([reason, count]) => `${reason} ${count}`).join(', ')}`;
}
