import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type IssuedFiles, TestCertificates } from '#gateway/broker/listeners/testing/test-certificates.ts';
import { loadTlsMaterial } from './tls-material.ts';

let made: TestCertificates;
let good: IssuedFiles;
let other: IssuedFiles;

beforeAll(async () => {
  made = await TestCertificates.make();
  [good, other] = await Promise.all([made.issue('good'), made.issue('other', { days: 10 })]);
});
afterAll(() => made[Symbol.asyncDispose]());

async function write(name: string, content: string | Buffer): Promise<string> {
  const path = join(made.folder, name);
  await writeFile(path, content);
  return path;
}

describe('loadTlsMaterial', () => {
  it('takes a pair that fits, and tells of each file what ends first', async () => {
    const chain = await write('chain.pem', Buffer.concat([await readFile(good.cert), await readFile(other.cert)]));
    const { validities } = await loadTlsMaterial({ cert: chain, key: good.key, clientCa: made.ca });
    expect(validities).toMatchObject([
      { file: chain, subject: 'CN=other' },
      { file: made.ca, subject: 'CN=Test CA' },
    ]);
  });

  it('refuses what cannot be used together, and says which file it is', async () => {
    const damaged = (await readFile(good.cert, 'latin1')).replace(/[A-Za-z]{20}/, 'A'.repeat(20));
    const cases: readonly (readonly [
      files: Partial<Parameters<typeof loadTlsMaterial>[0]>,
      code: string,
      words: string,
    ])[] = [
      [{ cert: '/nowhere' }, 'tls.unreadable', 'Reading /nowhere: ENOENT'],
      [{ key: made.folder }, 'tls.unreadable', 'it is a folder'],
      [{ cert: '/dev/zero' }, 'tls.unreadable', 'longer than'],
      [{ cert: await write('empty.pem', '') }, 'tls.invalid', 'empty.pem holds no certificate in PEM'],
      [{ cert: good.key }, 'tls.invalid', 'holds no certificate in PEM'],
      [{ cert: await write('damaged.pem', damaged) }, 'tls.invalid', 'damaged.pem'],
      [{ key: good.cert }, 'tls.invalid', 'holds no private key that can be used'],
      [{ key: await write('half.pem', (await readFile(good.key)).subarray(0, 100)) }, 'tls.invalid', 'half.pem'],
      [{ key: other.key }, 'tls.invalid', 'is not that of'],
      [{ clientCa: good.key }, 'tls.invalid', 'holds no certificate in PEM'],
      [{ clientCa: other.cert }, 'tls.invalid', 'no certificate of an authority'],
    ];
    for (const [files, code, words] of cases) {
      const loading = loadTlsMaterial({ ...good, ...files });
      await expect(loading).rejects.toMatchObject({ code, message: expect.stringContaining(words) });
    }
  });
});
