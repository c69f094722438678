import { expect, it } from 'vitest';
import { parseConfig } from './parse-config.ts';

const HEAD = 'version: 1\ngateway: { id: truck-7 }\ndataDir: ./data\nsinks:\n';

function problemsOf(...sinks: readonly string[]): readonly string[] {
  const lines = sinks.map((keys, index) => `  - { id: files-${index}, type: file, ${keys} }\n`);
  const parsed = parseConfig(Buffer.from(HEAD + lines.join('')), '/etc/waystation/waystation.yaml');
  return parsed.isValid ? [] : parsed.problems.map(({ path, message }) => `${path} ${message}`);
}

const WITHIN = 'is within dataDir (/etc/waystation/data); choose a folder on the drive';

it.each([
  ['directory: data', `sinks[0].directory ${WITHIN}`],
  ['directory: data/..files', `sinks[0].directory ${WITHIN}`],
  ['directory: /etc/waystation/x/../data/files', `sinks[0].directory ${WITHIN}`],
  [
    'directory: /media/usb, maxTotalBytes: 100MiB',
    'sinks[0].maxTotalBytes is less than two files of maxFileBytes; write at least 128MiB',
  ],
  ['directory: /media/usb, compress: lz4', 'sinks[0].compress expected none, zstd or gzip'],
])('refuses %s', (keys, expected) => {
  expect(problemsOf(keys)).toEqual([expect.stringContaining(expected)]);
});

it('refuses two sinks in one folder', () => {
  expect(problemsOf('directory: ../../media/usb', 'directory: /media/usb/')).toEqual([
    'sinks[1].directory is the folder of another sink; give each one of its own',
  ]);
});

it('takes a folder beside dataDir, also relative to the file', () => {
  expect(problemsOf('directory: data-on-usb', 'directory: /media/usb/data')).toEqual([]);
  const parsed = parseConfig(
    Buffer.from(`${HEAD}  - { id: f, type: file, directory: usb }\n`),
    '/etc/waystation/w.yaml',
  );
  expect(parsed).toMatchObject({
    config: {
      sinks: [{ directory: '/etc/waystation/usb', requireMount: true, whenFull: 'pause', maxFileMinutes: 60 }],
    },
  });
});
