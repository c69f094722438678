import { copyFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import { connectAsync } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type IssuedFiles, TestCertificates } from '#gateway/broker/listeners/testing/test-certificates.ts';
import { openTestBroker, type TestBroker } from '#gateway/broker/testing/open-test-broker.ts';
import { Secret } from '#gateway/model/secret.ts';
import { EXPIRY_WARNING_DAYS, WATCH_INTERVAL_MS } from './certificate-keeper.ts';

const DAY_MS = 86_400_000;
let made: TestCertificates;
let first: IssuedFiles;
let second: IssuedFiles;
let files: IssuedFiles & { readonly clientCa: string };

beforeAll(async () => {
  made = await TestCertificates.make();
  [first, second] = await Promise.all([made.issue('first', { days: 20 }), made.issue('second')]);
  const live = (name: string) => join(made.folder, `live-${name}.pem`);
  files = { cert: live('cert'), key: live('key'), clientCa: live('ca') };
});
afterAll(() => made[Symbol.asyncDispose]());

/** As a program that renews certificates does it. */
async function install(pair: IssuedFiles, ca = made.ca): Promise<void> {
  for (const [from, to] of [
    [pair.cert, files.cert],
    [pair.key, files.key],
    [ca, files.clientCa],
  ] as const) {
    await copyFile(from, `${to}.new`);
    await rename(`${to}.new`, to);
  }
}

async function openWith(mutual = false): Promise<TestBroker> {
  await install(first);
  const { clientCa, ...pair } = files;
  const listener = { type: 'mqtts', host: '127.0.0.1', port: 0, ...pair, ...(mutual ? { clientCa } : {}) } as const;
  const users = [{ username: 'second', password: new Secret('unused'), publish: [], subscribe: ['#'] }];
  const test = await openTestBroker({ listeners: [listener], users });
  test.clock.stepWall(Date.now());
  return test;
}

/** Lets the keeper look so often; what it then reads takes real time, and if that is not over yet it looks less often. */
async function look(test: TestBroker, times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    await test.clock.advance(WATCH_INTERVAL_MS);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Lets the keeper look until it is so. */
function lookUntil(test: TestBroker, expectation: () => unknown): Promise<void> {
  return vi.waitFor(
    async () => {
      await test.clock.advance(WATCH_INTERVAL_MS);
      await expectation();
    },
    { timeout: 10_000 },
  );
}

async function shake(test: TestBroker, more: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connectTls({ host: '127.0.0.1', port: test.port, ...(await made.trust()), ...more });
  await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
  socket.on('error', () => {});
  return socket;
}

async function servedBy(test: TestBroker): Promise<unknown> {
  const socket = await shake(test);
  const { CN } = socket.getPeerCertificate().subject;
  socket.destroy();
  return CN;
}

function texts(test: TestBroker): readonly string[] {
  return test.logger.lines.map(({ text }) => text);
}

describe('a certificate', () => {
  it('is taken anew when its files have changed and stand still, without dropping clients', async () => {
    await using test = await openWith();
    const client = await connectAsync({
      host: '127.0.0.1',
      port: test.port,
      protocol: 'mqtts',
      ...(await made.trust()),
    });
    expect(await servedBy(test)).toBe('first');
    await install(second);
    await look(test, 1);
    expect(await servedBy(test)).toBe('first');
    await lookUntil(test, async () => expect(await servedBy(test)).toBe('second'));
    await client.publishAsync('still/here', 'yes', { qos: 1 });
    expect(texts(test)).toContain('certificate reloaded');
    await client.endAsync();
  });

  it('stays in use while the files in its place cannot be used, is told of once, and goes when they can', async () => {
    await using test = await openWith();
    await copyFile(second.cert, files.cert);
    const refused = () => texts(test).filter((text) => text.includes('cannot be used'));
    await lookUntil(test, () => expect(refused()).toHaveLength(1));
    await look(test, 5);
    expect(await servedBy(test)).toBe('first');
    expect(refused()).toHaveLength(1);
    expect(test.broker.status().listeners[0]?.lastError).toMatch(
      /^tls\.invalid: the key in .* is not that of .*openssl x509/,
    );
    await writeFile(files.key, 'no key');
    await lookUntil(test, () => expect(refused()).toHaveLength(2));
    expect(await servedBy(test)).toBe('first');
    await copyFile(second.key, files.key);
    await lookUntil(test, async () => expect(await servedBy(test)).toBe('second'));
    expect(test.broker.status().listeners[0]?.lastError).toBeUndefined();
  });

  it('is taken at once by a command, which says what is wrong', async () => {
    await using test = await openWith();
    await install(second);
    expect(await test.broker.reloadCertificates()).toMatchObject([
      { listener: { certificates: [{ subject: 'CN=second' }] } },
    ]);
    expect(await servedBy(test)).toBe('second');
    await writeFile(files.cert, '');
    const [reload] = await test.broker.reloadCertificates();
    expect(reload).toMatchObject({
      error: { code: 'tls.invalid' },
      listener: { certificates: [{ subject: 'CN=second' }] },
    });
    expect(await servedBy(test)).toBe('second');
  });

  it('that has ended is refused while the one in use has not, and taken when that is no better', async () => {
    await using test = await openWith();
    await install(second);
    expect(await test.broker.reloadCertificates()).toMatchObject([
      { listener: { certificates: [{ state: 'valid' }] } },
    ]);
    test.clock.stepWall(Date.now() + 25 * DAY_MS);
    await install(first);
    const [refused] = await test.broker.reloadCertificates();
    expect(refused).toMatchObject({
      error: { code: 'tls.expired' },
      listener: { certificates: [{ subject: 'CN=second' }] },
    });
    expect(await servedBy(test)).toBe('second');
    test.clock.stepWall(Date.now() + 400 * DAY_MS);
    expect((await test.broker.reloadCertificates())[0]?.error).toBeUndefined();
    expect(await servedBy(test)).toBe('first');
  });

  it('of another authority of clients ends the sessions of TLS that the one before let in', async () => {
    await using test = await openWith(true);
    await using other = await TestCertificates.make();
    const trust = await made.trust(second);
    const session = Promise.withResolvers<Buffer>();
    const known = await shake(test, trust);
    known.once('session', session.resolve);
    const resumed = await shake(test, { ...trust, session: await session.promise });
    expect(resumed.isSessionReused()).toBe(true);
    await install(first, other.ca);
    await test.broker.reloadCertificates();
    const late = await shake(test, { ...trust, session: await session.promise });
    const isReused = late.isSessionReused();
    await new Promise((resolve) => late.once('close', resolve));
    expect([isReused, test.broker.status().refusals]).toEqual([false, { badCertificate: 1 }]);
    for (const socket of [known, resumed]) socket.destroy();
  });

  it('is warned of a month ahead, and once a day', async () => {
    await using test = await openWith();
    const warnings = () => texts(test).filter((text) => text.startsWith('a certificate ends soon'));
    const [status] = test.broker.status().listeners[0]?.certificates ?? [];
    expect(status).toMatchObject({ subject: 'CN=first', state: 'expiring', daysLeft: 19 });
    expect(EXPIRY_WARNING_DAYS).toBe(30);
    // The clock stood elsewhere when the listener was opened.
    expect(texts(test)).toContainEqual(expect.stringContaining('does not count yet'));
    await test.clock.advance(DAY_MS);
    await lookUntil(test, () => expect(warnings()).toHaveLength(1));
    await look(test, 3);
    expect(warnings()).toHaveLength(1);
    await test.clock.advance(DAY_MS);
    await lookUntil(test, () => expect(warnings()).toHaveLength(2));
    test.clock.stepWall(Date.now() + 21 * DAY_MS);
    expect(test.broker.status().listeners[0]?.certificates).toMatchObject([{ state: 'expired', daysLeft: -2 }]);
    test.clock.stepWall(0);
    expect(test.broker.status().listeners[0]?.certificates).toMatchObject([{ state: 'notYetValid' }]);
  });
});
