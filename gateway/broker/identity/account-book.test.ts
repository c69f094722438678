import { randomBytes } from 'node:crypto';
import { appendFile, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryLogger } from '#gateway/runtime/memory-logger.ts';
import { AccountBook } from './account-book.ts';
import { accountFilePath, loadAccountFile, parseAccountFile } from './account-file.ts';
import { AuditTrail, auditFolder } from './audit-trail.ts';
import { endLeftSessions, openIdentity } from './open-identity.ts';
import { verifyAudit } from './verify-audit.ts';

const RIGHTS = { publish: ['a/#'], subscribe: [], denySubscribe: [], admin: false };
const now = () => ({ time: '2026-11-28T18:00:00.000Z', clock: 'ntp' as const });

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'waystation-book-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

function openBook(configured: readonly string[] = []): AccountBook {
  return new AccountBook({ dataDir, isConfigured: (name) => configured.includes(name), randomBytes, now });
}

async function events(): Promise<string[]> {
  const { entries, faults } = await verifyAudit(dataDir, (await loadAccountFile(dataDir)).audit);
  expect(faults).toEqual([]);
  return entries.map(({ event, account }) => (account === undefined ? event : `${event} ${account}`));
}

const firstFile = () => join(auditFolder(dataDir), 'audit-0000000001.jsonl');

describe('the account book', () => {
  it('makes, renews and ends accounts, with an entry for each change', async () => {
    const book = openBook();
    const { token } = await book.add('pump', RIGHTS, 'anna');
    expect(token).toMatch(/^wst_[\w-]{43}$/);
    const renewed = await book.rotate('pump', 'anna');
    expect(renewed.token).not.toBe(token);
    expect(await book.list()).toEqual([renewed.account]);
    await book.revoke('pump', 'anna', true);
    expect([await book.list(), await book.sessionsToEnd()]).toEqual([[], ['pump']]);
    await book.sessionsEnded();
    expect(await book.sessionsToEnd()).toEqual([]);
    expect(await events()).toEqual([
      'trail.begun',
      'account.added pump',
      'account.rotated pump',
      'account.revoked pump',
    ]);
  });

  it('gives an account other rights, each that is named as a whole, and leaves its token', async () => {
    const book = openBook(['tyre']);
    const { account } = await book.add('pump', RIGHTS, 'anna');
    const changed = await book.setRights('pump', { subscribe: ['b'], admin: true }, 'anna');
    expect(changed).toEqual({ ...account, subscribe: ['b'], admin: true });
    expect(await book.setRights('pump', { publish: [], admin: false }, 'anna')).toMatchObject({
      ...{ publish: [], subscribe: ['b'], denySubscribe: [], admin: false, tokenHash: account.tokenHash },
    });
    for (const change of [undefined, 7, { publish: 'a' }, { subscribe: ['a#'] }, { admin: 'yes' }]) {
      await expect(book.setRights('pump', change, 'anna')).rejects.toMatchObject({ code: 'account.badRights' });
    }
    await expect(book.setRights('tyre', { publish: [] }, 'anna')).rejects.toMatchObject({ code: 'account.configured' });
    await expect(book.setRights('pmp', { publish: [] }, 'anna')).rejects.toMatchObject({ code: 'account.unknown' });
    const { entries } = await verifyAudit(dataDir, undefined);
    expect(entries.slice(2)).toMatchObject([
      { event: 'account.changed', account: 'pump', by: 'anna', rights: { ...RIGHTS, subscribe: ['b'], admin: true } },
      { event: 'account.changed', account: 'pump', by: 'anna', rights: { ...RIGHTS, publish: [], subscribe: ['b'] } },
    ]);
  });

  it('keeps no token anywhere, and its files from everybody else, whatever the umask', async () => {
    const before = process.umask(0);
    const { token } = await openBook().add('pump', RIGHTS, 'anna');
    process.umask(before);
    for (const path of [accountFilePath(dataDir), firstFile()]) {
      expect(await readFile(path, 'utf8')).not.toContain(token);
      expect((await stat(path)).mode & 0o777).toBe(0o600);
    }
    expect((await stat(auditFolder(dataDir))).mode & 0o777).toBe(0o700);
  });

  it.each([
    ['pump', 'account.exists'],
    ['tyre', 'account.configured'],
    ['rules', 'account.badName'],
    ['', 'account.badName'],
    ['-x', 'account.badName'],
    ['@rules', 'account.badName'],
    ['a/b', 'account.badName'],
    ['a+', 'account.badName'],
    ['#', 'account.badName'],
    ['a b', 'account.badName'],
    ['a\u0000', 'account.badName'],
    ['(anonymous)', 'account.badName'],
    ['Ku\u0308hlung', 'account.badName'],
    ['x'.repeat(65), 'account.badName'],
  ])('refuses to add %j: %s, and writes nothing', async (name, code) => {
    const book = openBook(['tyre']);
    await book.add('pump', RIGHTS, 'anna');
    const before = await readFile(firstFile(), 'utf8');
    await expect(book.add(name, RIGHTS, 'anna')).rejects.toMatchObject({ code });
    expect(await readFile(firstFile(), 'utf8')).toBe(before);
  });

  it('says which account was meant, or where it is', async () => {
    const book = openBook(['tyre']);
    await book.add('pump', RIGHTS, 'anna');
    await expect(book.rotate('pmp', 'anna')).rejects.toMatchObject({ code: 'account.unknown', message: /"pump"\?$/ });
    await expect(book.revoke('tyre', 'anna', false)).rejects.toMatchObject({ code: 'account.configured' });
  });

  it('makes all of many changes at once, one after the other', async () => {
    const book = openBook();
    await Promise.all(Array.from({ length: 20 }, (_, index) => book.add(`a${index}`, RIGHTS, 'anna')));
    expect([(await book.list()).length, (await events()).length]).toEqual([20, 21]);
  });
});

describe('a power cut', () => {
  it('at any byte of an entry costs that entry alone, and is no tampering', async () => {
    const book = openBook();
    await book.add('first', RIGHTS, 'anna');
    const whole = (await stat(firstFile())).size;
    const accounts = await readFile(accountFilePath(dataDir));
    await book.add('second', RIGHTS, 'anna');
    const bytes = await readFile(firstFile());
    for (let size = whole + 1; size < bytes.length; size += 97) {
      await writeFile(firstFile(), bytes.subarray(0, size));
      await writeFile(accountFilePath(dataDir), accounts);
      const report = await verifyAudit(dataDir, undefined);
      expect([report.faults, report.tornBytes]).toEqual([[], size - whole]);
      await book.add('third', RIGHTS, 'anna');
      const found = await events();
      expect(found).toEqual(['trail.begun', 'account.added first', 'trail.repaired', 'account.added third']);
    }
  });

  it('that leaves more behind than the next entry is long leaves nothing of it after that', async () => {
    const book = openBook();
    await book.add('first', RIGHTS, 'anna');
    await appendFile(firstFile(), 'x'.repeat(5000));
    await book.add('second', RIGHTS, 'anna');
    expect(await verifyAudit(dataDir, undefined)).toMatchObject({ faults: [], tornBytes: 0 });
    expect(await events()).toEqual(['trail.begun', 'account.added first', 'trail.repaired', 'account.added second']);
  });

  it('between entry and accounts is told by the next change', async () => {
    const book = openBook();
    await book.add('first', RIGHTS, 'anna');
    const accounts = await readFile(accountFilePath(dataDir));
    await book.add('lost', RIGHTS, 'anna');
    await writeFile(accountFilePath(dataDir), accounts);
    await book.add('next', RIGHTS, 'anna');
    expect(await events()).toEqual([
      ...['trail.begun', 'account.added first', 'account.added lost', 'account.unfinished', 'account.added next'],
    ]);
  });
});

describe('tampering', () => {
  it('with the accounts is told apart from that', async () => {
    const book = openBook();
    for (const name of ['first', 'second', 'third']) await book.add(name, RIGHTS, 'anna');
    const text = await readFile(accountFilePath(dataDir), 'utf8');
    await writeFile(accountFilePath(dataDir), text.replace('a/#', '#'));
    const logger = new MemoryLogger();
    await openIdentity({ dataDir, clients: [], anonymous: false, randomBytes, now, logger });
    expect((await events()).at(-1)).toBe('accounts.changedOutside');
    expect(JSON.stringify(logger.lines)).toContain('changed by something else');
  });

  it('with the trail is named by file and line; the trail goes on in a new file that says so', async () => {
    const book = openBook();
    for (const name of ['first', 'second']) await book.add(name, RIGHTS, 'anna');
    const text = await readFile(firstFile(), 'utf8');
    await writeFile(firstFile(), text.replace('"account":"first"', '"account":"f1rst"'));
    await book.add('third', RIGHTS, 'anna');
    const { faults, entries } = await verifyAudit(dataDir, undefined);
    expect(faults).toEqual([expect.objectContaining({ file: firstFile(), line: 2, fault: 'altered' })]);
    expect(entries.at(-2)).toMatchObject({ event: 'trail.continued', details: { brokenLines: [2] } });
    expect(await readdir(auditFolder(dataDir))).toHaveLength(2);
  });

  it('by cutting the end of the trail off is noticed, because the accounts know the last entry', async () => {
    const book = openBook();
    await book.add('first', RIGHTS, 'anna');
    const { size } = await stat(firstFile());
    await book.add('second', RIGHTS, 'anna');
    await truncate(firstFile(), size);
    const { faults } = await verifyAudit(dataDir, (await loadAccountFile(dataDir)).audit);
    expect(faults).toMatchObject([{ fault: 'endMissing' }]);
  });

  it('by emptying or removing a file is noticed', async () => {
    const book = openBook();
    await book.add('first', RIGHTS, 'anna');
    await truncate(firstFile(), 0);
    await book.add('second', RIGHTS, 'anna');
    await rm(firstFile());
    const { faults } = await verifyAudit(dataDir, undefined);
    expect(faults.map(({ fault }) => fault)).toContain('beginningMissing');
  });
});

it('keeps the trail bounded: the next file goes on with the chain, and says what was dropped', async () => {
  const bounds = { maxFileBytes: 4096, maxFiles: 3 };
  const details = { filling: 'x'.repeat(1000) };
  const book = openBook();
  await book.add('first', RIGHTS, 'anna');
  for (let round = 0; round < 20; round++) {
    await (await AuditTrail.open(dataDir, bounds)).append([{ event: 'account.added', details }], {
      ...now(),
      by: 'anna',
    });
  }
  const files = await readdir(auditFolder(dataDir));
  expect(files).toHaveLength(bounds.maxFiles);
  for (const file of files) {
    expect((await stat(join(auditFolder(dataDir), file))).size).toBeLessThanOrEqual(bounds.maxFileBytes);
  }
  const { faults, entries } = await verifyAudit(dataDir, (await loadAccountFile(dataDir)).audit);
  expect(faults).toEqual([]);
  expect(entries[0]?.number).toBeGreaterThan(1);
  await rm(join(auditFolder(dataDir), files[0] ?? ''));
  expect((await verifyAudit(dataDir, undefined)).faults).toMatchObject([{ fault: 'beginningMissing' }]);
  // What the accounts are like is carried over: the next change finds nothing that was changed outside.
  await book.rotate('first', 'anna');
  const after = await verifyAudit(dataDir, undefined);
  expect(after.entries.at(-2)?.event).toBe('account.added');
});

describe('openIdentity', () => {
  const options = () => ({
    dataDir,
    clients: [],
    anonymous: false as const,
    randomBytes,
    now,
    logger: new MemoryLogger(),
  });
  const TYRE = { username: 'tyre', publish: ['a'], subscribe: [] };

  it('notes what the configuration grants, once, and every change of it; nothing where there is nothing', async () => {
    await openIdentity(options());
    expect(await readdir(dataDir)).toEqual([]);
    const anonymous = { publish: [], subscribe: ['#'] };
    for (let start = 0; start < 2; start++) await openIdentity({ ...options(), clients: [TYRE], anonymous });
    await openIdentity({ ...options(), clients: [{ ...TYRE, publish: ['b'] }] });
    expect(await events()).toEqual([
      ...['trail.begun', 'configuration.granted tyre', 'configuration.granted (anonymous)'],
      ...['configuration.changed tyre', 'configuration.withdrawn (anonymous)'],
    ]);
  });

  it('refuses a name that stands in the configuration and was made at run time too', async () => {
    await openBook().add('tyre', RIGHTS, 'anna');
    await expect(openIdentity({ ...options(), clients: [TYRE] })).rejects.toMatchObject({ code: 'account.clash' });
  });

  it('goes on without accounts that cannot be read, ends no session for it, and lets nobody write over them', async () => {
    await writeFile(accountFilePath(dataDir), '{"version":2}');
    const logger = new MemoryLogger();
    const identity = await openIdentity({ ...options(), logger });
    expect([identity.made, JSON.stringify(logger.lines)]).toEqual([[], expect.stringContaining('accounts.damaged')]);
    let isAsked = false;
    const ender = {
      accounts: { has: () => false, isAnonymousAllowed: false },
      endSessions: async () => {
        isAsked = true;
      },
    };
    await endLeftSessions(identity, ender, logger);
    expect(isAsked).toBe(false);
    await expect(identity.book.add('pump', RIGHTS, 'anna')).rejects.toMatchObject({ code: 'accounts.damaged' });
  });

  it('lets sessions end of who is gone, was revoked meanwhile, or is not let in any more', async () => {
    const book = openBook();
    for (const name of ['stays', 'renewed']) await book.add(name, RIGHTS, 'anna');
    await book.revoke('renewed', 'anna', true);
    await book.add('renewed', RIGHTS, 'anna');
    const identity = await openIdentity(options());
    const names = new Set(identity.made.map(({ username }) => username));
    const ended: (string | undefined)[] = [];
    const sessions = ['stays', 'renewed', 'gone', undefined].map((username) => ({
      username,
      clientId: 'x',
      isPersistent: true,
    }));
    const ender = {
      accounts: { has: (name: string) => names.has(name), isAnonymousAllowed: false },
      endSessions: async (isOver: (session: (typeof sessions)[number]) => boolean) => {
        ended.push(...sessions.filter(isOver).map(({ username }) => username));
      },
    };
    await endLeftSessions(identity, ender, new MemoryLogger());
    expect([ended, await book.sessionsToEnd()]).toEqual([['renewed', 'gone', undefined], []]);
  });
});

it.each([
  ['', 'no JSON'],
  ['[', 'no JSON'],
  ['null', 'no JSON object'],
  ['{}', /version undefined/],
  ['{"version":1}', 'no list of accounts'],
  ['{"version":1,"accounts":[1]}', 'entry 0 is no account'],
  ['{"version":1,"accounts":[{"username":"a","tokenHash":"00","addedAt":""}]}', 'entry 0 is no account'],
  ['{"version":1,"accounts":[],"endSessionsOf":[1]}', /endSessionsOf/],
])('takes %j for no accounts', (text, reason) => {
  expect(parseAccountFile(text)).toMatch(reason);
});

it('changes nothing where the trail cannot be used', async () => {
  await writeFile(auditFolder(dataDir), 'in the way');
  const book = openBook();
  await expect(book.add('pump', RIGHTS, 'anna')).rejects.toMatchObject({ code: 'audit.unreadable' });
  expect(await book.list()).toEqual([]);
});
