import { expect, it } from 'vitest';
import { parseConfig } from './parse-config.ts';

const HEAD = 'version: 1\ngateway: { id: truck-7 }\n';

function problemsOf(text: string): readonly string[] {
  const parsed = parseConfig(Buffer.from(HEAD + text), '/etc/waystation/waystation.yaml');
  if (parsed.isValid) return [];
  return parsed.problems.map(({ line, column, path, message }) => `${line}:${column} ${path} ${message}`);
}

it.each([
  [
    'of a stream that is more than that of all',
    'journal: { maxBytes: 1GiB }\nstreams: [{ id: a, topics: ["#"], retention: { maxBytes: 2GiB } }]',
    '4:58 streams[0].retention.maxBytes is more than all streams may take (journal.maxBytes, 1GiB); lower it, or raise that',
  ],
  [
    'that holds no four of the largest packets',
    'streams: [{ id: a, topics: ["#"], retention: { maxBytes: 1MiB } }]',
    '3:58 streams[0].retention.maxBytes is too small for 4 files that hold the largest packet, 256KiB (broker.limits.maxPacketBytes); make it 1280KiB or more',
  ],
  [
    'of all streams that holds no four files of each',
    'journal: { maxBytes: 100MiB }',
    '3:22 journal.maxBytes is too small for 4 files of each stream; make it 192MiB or more, or lower journal.segmentBytes',
  ],
])('refuses a quota %s', (_what, text, expected) => {
  expect(problemsOf(text)).toEqual([expected]);
});

it.each([
  'journal: { maxBytes: 64MiB, segmentBytes: 4MiB }',
  'journal: { maxBytes: 16MiB }\nstreams: [{ id: a, topics: ["#"], retention: { maxBytes: 16MiB }, overflow: rejectNew }]',
])('takes quotas that can be kept: %s', (text) => {
  expect(problemsOf(text)).toEqual([]);
});
