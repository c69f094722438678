import { execFileSync } from 'node:child_process';
import { connectAsync } from 'mqtt';
import { describe, expect, it, vi } from 'vitest';
import type { Done, Message } from '#gateway/model/message.ts';
import { FakeJournal } from '#gateway/sinks/testing/fake-journal.ts';
import { ALERTS, openTestSink, TELEMETRY } from '#gateway/sinks/testing/open-test-sink.ts';
import { sampleRecord } from '#gateway/sinks/testing/sample-record.ts';
import { HAS_OPENSSL, TestAuthority } from '#gateway/sinks/testing/test-authority.ts';
import { HAS_MOSQUITTO, TlsMosquitto } from '#gateway/sinks/testing/tls-mosquitto.ts';

const until = (check: () => void) => vi.waitFor(check, { timeout: 15_000, interval: 5 });

describe.skipIf(!HAS_OPENSSL || !HAS_MOSQUITTO)(
  'a real Mosquitto (packages openssl, mosquitto, mosquitto-clients)',
  () => {
    it('passes a command down, also one that was sent meanwhile, and gets the answers but never the commands', async () => {
      using authority = new TestAuthority();
      await using hub = await TlsMosquitto.start(authority);
      const seen: string[] = [];
      const cloud = await connectAsync(`mqtt://127.0.0.1:${hub.plainPort}`, { protocolVersion: 5 });
      cloud.on('message', (topic, _payload, { properties }) => seen.push(`${topic} ${properties?.correlationData}`));
      await cloud.subscribeAsync(['fleet/truck-7/commands/#', 'fleet/truck-7/replies/#'], { qos: 1 });
      const send = (correlation: string) =>
        execFileSync('mosquitto_pub', [
          ...['-p', String(hub.plainPort), '-V', '5', '-q', '1', '-t', 'fleet/truck-7/down/commands/restart'],
          ...['-m', JSON.stringify({ correlation }), '-D', 'publish', 'correlation-data', correlation],
        ]);
      const journal = new FakeJournal([ALERTS, TELEMETRY]);
      const keep = (fields: Partial<Message>) => journal.stream(TELEMETRY).append(sampleRecord(fields), () => {});
      /** A local client that answers each command. */
      const publish = (message: Message, done: Done) => {
        keep(message);
        keep({ topic: 'replies/restart', payload: message.payload, clientId: 'pump' });
        done();
      };
      const downlink = { allow: ['commands/restart'] };
      const options = { protocol: 5, envelope: 'properties', publisher: { publish }, downlink } as const;
      const patient = { connectTimeoutMs: 10_000, window: { maxEvents: 20, maxBytes: 65_536, ackTimeoutMs: 10_000 } };
      const open = () => openTestSink(hub.plainPort, journal, { ...options, ...patient });
      {
        await using sink = await open();
        await until(() => expect(sink.status().state).toBe('online'));
        send('a1');
        await until(() => expect(seen).toEqual(['fleet/truck-7/replies/restart a1']));
      }
      send('a2');
      await using sink = await open();
      await until(() => expect(seen).toContain('fleet/truck-7/replies/restart a2'));
      expect(new Set(seen)).toEqual(new Set(['fleet/truck-7/replies/restart a1', 'fleet/truck-7/replies/restart a2']));
      await until(() => expect(sink.status().downlink).toMatchObject({ ignored: {} }));
      await cloud.endAsync(true);
    }, 60_000);
  },
);
