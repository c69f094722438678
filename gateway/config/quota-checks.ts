import { MIN_SEGMENTS_PER_QUOTA } from '#gateway/model/quota.ts';
import type { ConfigIssue } from './config-problem.ts';
import { DEFAULT_JOURNAL_QUOTA, DEFAULT_QUOTA, DEFAULT_SEGMENT, DEFAULT_STREAMS } from './config-schema.ts';
import { listAt, valueAt } from './document-value.ts';
import { formatSize, parseSize } from './fields.ts';

/** A record is its payload and what is known of it. */
const RECORD_OVERHEAD_BYTES = 64 * 1024;
const DEFAULT_PACKET_BYTES = 256 * 1024;

/** Quotas that cannot be kept: too small for a few files, or larger than that of all streams. */
export function* impossibleQuotas(document: unknown): Generator<ConfigIssue> {
  const journalBytes = sizeAt(document, ['journal', 'maxBytes'], DEFAULT_JOURNAL_QUOTA);
  const segmentBytes = sizeAt(document, ['journal', 'segmentBytes'], DEFAULT_SEGMENT);
  const packetBytes = sizeAt(document, ['broker', 'limits', 'maxPacketBytes'], DEFAULT_PACKET_BYTES);
  const leastBytes = MIN_SEGMENTS_PER_QUOTA * (packetBytes + RECORD_OVERHEAD_BYTES);
  const isWritten = valueAt(document, 'streams') !== undefined;
  const streams = isWritten ? listAt(document, 'streams') : DEFAULT_STREAMS;
  let neededBytes = 0;
  for (const [index, stream] of streams.entries()) {
    const maxBytes = sizeAt(stream, ['retention', 'maxBytes'], DEFAULT_QUOTA);
    neededBytes += Math.min(MIN_SEGMENTS_PER_QUOTA * segmentBytes, maxBytes);
    if (!isWritten || valueAt(stream, 'retention', 'maxBytes') === undefined) continue;
    const path = ['streams', index, 'retention', 'maxBytes'];
    if (maxBytes > journalBytes) {
      const message = `is more than all streams may take (journal.maxBytes, ${formatSize(journalBytes)}); lower it, or raise that`;
      yield { path, message };
    } else if (maxBytes < leastBytes) {
      const packet = `the largest packet, ${formatSize(packetBytes)} (broker.limits.maxPacketBytes)`;
      const message = `is too small for ${MIN_SEGMENTS_PER_QUOTA} files that hold ${packet}; make it ${formatSize(leastBytes)} or more`;
      yield { path, message };
    }
  }
  if (valueAt(document, 'journal', 'maxBytes') === undefined || journalBytes >= neededBytes) return;
  const message =
    `is too small for ${MIN_SEGMENTS_PER_QUOTA} files of each stream; make it ${formatSize(neededBytes)} or more, ` +
    'or lower journal.segmentBytes';
  yield { path: ['journal', 'maxBytes'], message };
}

/** What is no size is reported where it is read. */
function sizeAt(value: unknown, keys: readonly string[], fallback: number | string): number {
  return parseSize(valueAt(value, ...keys)) ?? parseSize(fallback) ?? 0;
}
