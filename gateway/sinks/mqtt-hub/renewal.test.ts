import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { FakeJournal } from '#gateway/sinks/testing/fake-journal.ts';
import { ALERTS, appendCounted, openTestSink, TELEMETRY } from '#gateway/sinks/testing/open-test-sink.ts';
import { RawHub } from '#gateway/sinks/testing/raw-hub.ts';
import { HAS_OPENSSL, TestAuthority } from '#gateway/sinks/testing/test-authority.ts';
import { HAS_MOSQUITTO, TlsMosquitto } from '#gateway/sinks/testing/tls-mosquitto.ts';

const until = (check: () => void) => vi.waitFor(check, { timeout: 15_000, interval: 5 });
const PATIENT = {
  window: { maxEvents: 20, maxBytes: 65_536, ackTimeoutMs: 10_000 },
  identityCheckMs: 10,
  connectTimeoutMs: 10_000,
} as const;

describe('a token in a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'waystation-token-'));
  const tokenFile = join(folder, 'token');
  afterAll(() => rmSync(folder, { recursive: true }));

  it('that is renewed makes a new connection once nothing is under way: nothing is repeated', async () => {
    writeFileSync(tokenFile, 'one\n');
    await using hub = await RawHub.open();
    hub.answer = 'keep';
    const journal = new FakeJournal([ALERTS, TELEMETRY]);
    appendCounted(journal, TELEMETRY, 3);
    const credentials = { username: 'truck', tokenFile };
    await using sink = await openTestSink(hub.port, journal, { ...PATIENT, protocol: 5, credentials });
    await until(() => expect(hub.keptCount).toBe(3));
    writeFileSync(tokenFile, 'two\n');
    // Events go on coming, and are answered late: whatever is under way when the token is found belongs to the first connection.
    await until(() => {
      if (hub.connects.length === 1) appendCounted(journal, ALERTS, 1);
      hub.release(1);
      expect(hub.connects).toHaveLength(2);
    });
    hub.answer = 0;
    hub.release(hub.keptCount);
    await until(() => expect(sink.status().lanes.map(({ backlogCount }) => backlogCount)).toEqual([0, 0]));
    expect(hub.connects.map((packet) => 'password' in packet && String(packet.password))).toEqual(['one', 'two']);
    const ids = hub.published.map(({ properties, payload }) => properties?.userProperties?.['id'] ?? String(payload));
    expect(new Set(ids).size).toBe(ids.length);
    expect(hub.goodbyeCount).toBe(1);
    expect(sink.status().connectCount).toBe(2);
  });

  it('that is not there holds the sink up with its name, until it comes', async () => {
    rmSync(tokenFile, { force: true });
    await using hub = await RawHub.open();
    const journal = new FakeJournal([ALERTS, TELEMETRY]);
    const options = { protocol: 5, credentials: { tokenFile }, pauseMs: 20 } as const;
    await using sink = await openTestSink(hub.port, journal, options);
    await until(() => expect(sink.status().lastError).toContain(tokenFile));
    writeFileSync(tokenFile, 'three');
    await until(() => expect(sink.status().state).toBe('online'));
  });
});

describe.skipIf(!HAS_OPENSSL || !HAS_MOSQUITTO)(
  'Mosquitto with TLS 1.3 and client certificates (needs the packages openssl and mosquitto)',
  () => {
    it('takes a renewed certificate while the sink runs, and gets each event once', async () => {
      using authority = new TestAuthority();
      await using hub = await TlsMosquitto.start(authority);
      const [first, second] = [authority.certify('truck-7'), authority.certify('truck-7-renewed')];
      const credentials = { certFile: join(authority.folder, 'used.pem'), keyFile: join(authority.folder, 'used.key') };
      const use = ({ certFile, keyFile }: typeof first) => {
        copyFileSync(certFile, credentials.certFile);
        copyFileSync(keyFile, credentials.keyFile);
      };
      use(first);
      const received: number[] = [];
      const watcher = await connectAsync(`mqtt://127.0.0.1:${hub.plainPort}`);
      watcher.on('message', (_topic, payload) => received.push(JSON.parse(String(payload)).data.n));
      await watcher.subscribeAsync('#', { qos: 1 });
      const journal = new FakeJournal([ALERTS, TELEMETRY]);
      appendCounted(journal, TELEMETRY, 50);
      const url = `mqtts://127.0.0.1:${hub.port}`;
      const common = { ...PATIENT, url, ca: authority.caFile } as const;
      await using sink = await openTestSink(hub.port, journal, { ...common, credentials });
      await until(() => expect(sink.status().acknowledgedCount).toBe(50));

      // A certificate without its key is waited for.
      copyFileSync(second.certFile, credentials.certFile);
      await vi.waitFor(() => appendCounted(journal, TELEMETRY, 50));
      // Whole, so that a failure shows what became of the connection.
      await until(() => expect({ ...sink.status() }).toMatchObject({ connectCount: 1, acknowledgedCount: 100 }));
      use(second);
      appendCounted(journal, TELEMETRY, 50);
      await until(() => expect(sink.status()).toMatchObject({ connectCount: 2, acknowledgedCount: 150 }));
      await until(() => expect(received).toHaveLength(150));
      expect(received).toEqual(Array.from({ length: 150 }, (_, index) => index + 1));
      await watcher.endAsync();
    }, 20_000);

    it.each([
      [
        'no authority',
        () => ({}),
        /self-signed certificate in certificate chain\. .*Name the authority's file as `ca`/,
      ],
      ['no certificate', ({ caFile }: TestAuthority) => ({ ca: caFile }), /The hub wants a client certificate/],
    ])('says what to set for %s', async (_, choose, words) => {
      using authority = new TestAuthority();
      await using hub = await TlsMosquitto.start(authority);
      const url = `mqtts://127.0.0.1:${hub.port}`;
      const journal = new FakeJournal([ALERTS, TELEMETRY]);
      await using sink = await openTestSink(hub.port, journal, { url, ...choose(authority) });
      await until(() => expect(sink.status().lastError).toMatch(words));
    });

    it('says so where the gateway has a certificate of another authority, and where TLS meets none', async () => {
      using authority = new TestAuthority();
      using other = new TestAuthority();
      await using hub = await TlsMosquitto.start(authority);
      const journal = new FakeJournal([ALERTS, TELEMETRY]);
      const options = { ca: authority.caFile, credentials: other.certify('stranger') };
      const url = `mqtts://127.0.0.1:${hub.port}`;
      await using stranger = await openTestSink(hub.port, journal, { ...options, id: 'stranger', url });
      const plain = `mqtts://127.0.0.1:${hub.plainPort}`;
      await using mistaken = await openTestSink(hub.port, journal, { ...options, id: 'mistaken', url: plain });
      await until(() => expect(stranger.status().lastError).toMatch(/does not know the authority of the gateway/));
      await until(() => expect(mistaken.status().lastError).toMatch(/^hub.unreachable/));
    });
  },
);
