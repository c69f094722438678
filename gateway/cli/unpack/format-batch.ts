import { formatPayload, printable } from '#gateway/cli/journal/format-item.ts';
import type { Batch, BatchEvent } from '#gateway/sinks/mqtt-hub/batch/batch.ts';

/** Lines for people, as `waystation journal cat` prints records; a batch that opens a chain, or comes behind newer events, says so before. */
export function formatBatch(batch: Batch): string {
  const { stream, from, to, opensChain, isReplayed, events } = batch;
  const words = [opensChain ? 'opens a chain' : '', isReplayed ? 'replayed' : ''].filter((word) => word !== '');
  const head = words.length === 0 ? '' : `(${printable(stream)} ${from} to ${to}: ${words.join(', ')})\n`;
  const lines = events.map((event) => {
    return `${formatTime(event)} ${printable(stream)} ${event.sequence} ${printable(event.topic)} ${formatPayload(event.payload)}\n`;
  });
  return head + lines.join('');
}

/** A line of JSON for each event, with all that is known of it; `id` and `source` are those of single events. */
export function formatBatchJson({ gateway, stream, epoch, isReplayed, events, extra }: Batch): string {
  const replayed = isReplayed ? { replayed: true } : {};
  const lines = events.map(({ sequence, firstLost, payload, extra: more, ...rest }) => {
    const id = `${stream}/${epoch}/${firstLost === undefined ? '' : `${firstLost}-`}${sequence}`;
    const first = firstLost === undefined ? {} : { firstLost };
    const about = { source: `/gateways/${gateway}`, id, stream, epoch, sequence, ...first, ...replayed, ...rest };
    return `${JSON.stringify({ ...extra, ...more, ...about, ...bodyOf(payload) })}\n`;
  });
  return lines.join('');
}

function formatTime({ time, timeBasis, timeEarliest, timeLatest }: BatchEvent): string {
  if (time !== undefined) return `${printable(time)}${timeBasis === 'repaired' ? '~' : ''}`;
  if (timeEarliest === undefined && timeLatest === undefined) return '-';
  return `${printable(timeEarliest ?? '')}..${printable(timeLatest ?? '')}`;
}

function bodyOf(payload: Uint8Array) {
  try {
    return { payload: UTF8.decode(payload) };
  } catch {
    return { payloadBase64: Buffer.from(payload).toString('base64') };
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
