import type { GatewayStatus } from '#gateway/model/status.ts';
import { sampleSink, sampleStatus, streamNamed } from '#gateway/model/testing/sample-status.ts';

const stream = streamNamed('telemetry');
const { clock, journal, broker, sources, deadLetters, ...rest } = sampleStatus({ syncedSequence: 1234 });

/** A gateway that has seen a little of everything, for tests. */
export const SAMPLE_STATUS: GatewayStatus = {
  ...rest,
  gateway: { ...rest.gateway, uptimeSeconds: 11_520 },
  clock: {
    ...clock,
    ...{ quality: 'system', anchor: 'gnss', anchorAgeSeconds: 7_200, receivers: 'agreed' },
    ...{ hostOffsetMs: -1_250, stepCount: 1 },
  },
  journal: {
    ...journal,
    streams: journal.streams.map((each) => ({ ...each, sizeBytes: 3 * 2 ** 19, segmentCount: 2 })),
    ...{ frameCount: 100, syncCount: 100, writtenBytes: 70_000 },
    wear: {
      ...journal.wear,
      ...{ observedSeconds: 11_520, logicalBytes: 140_676, processBytes: 512_000, amplification: 22.36 },
      ...{ device: { name: 'mmcblk0', bytes: 3 * 2 ** 20 }, projectedLifeDays: 15_894 },
    },
  },
  broker: {
    ...broker,
    ...{ publishedCount: 1240, refusals: { badLogin: 3, queueFull: 0 }, disconnects: { byClient: 7, keepAlive: 1 } },
  },
  sources: sources.map((source) => ({
    ...source,
    state: 'lost',
    lastError: 'Opening the serial port /dev/gps: there is no such path',
    ...{ lastMessageAgeMs: 90_500, publishedCount: 600 },
    rejections: { 'wrong-checksum': 4, 'not-a-sentence': 0 },
  })),
  sinks: [
    sampleSink({
      link: 'lte',
      state: 'waiting',
      ...{ retryInMs: 12_300, lastError: 'hub.unreachable', sentCount: 1000, sentBytes: 250_000 },
      ...{ acknowledgedCount: 990, resentCount: 10, inFlightCount: 10, connectCount: 2 },
      lanes: [
        {
          ...{ stream, acknowledgedSequence: 990, backlogCount: 244, isDrained: false, lostCount: 12 },
          ...{ backfillCount: 1, backfillBacklogCount: 240 },
        },
      ],
    }),
  ],
  deadLetters: {
    ...deadLetters,
    ...{ count: 3, sizeBytes: 2400 },
    sinks: [
      {
        ...{ sink: 'hub', count: 3, redrivingCount: 1, buriedCount: 4, evictedCount: 2 },
        lastReason: 'hub.rejectedEvent: too large',
      },
    ],
  },
  power: {
    safe: false,
    pending: [
      { what: 'sink', sink: 'hub', stream, count: 244, ...{ state: 'stuck', why: 'waiting: hub.unreachable' } },
    ],
  },
  handover: {
    chrony: {
      ...{ socket: '/run/chrony.waystation.sock', state: 'sending', device: 'gps0', sampleCount: 590, droppedCount: 2 },
    },
    gpsd: { host: '127.0.0.1', port: 2947, isListening: true, clientCount: 1, droppedClientCount: 0 },
  },
  rules: {
    ...{ state: 'held', lastError: 'rules.held: Node-RED runs, its flows do not (safe-mode)' },
    url: 'http://127.0.0.1:1880/',
    login: { username: 'admin', passwordFile: '/data/rules/admin-password' },
    ...{ pid: 4712, rssBytes: 135 * 2 ** 20, isConnected: true, refusedPublishCount: 0, restartCount: 2 },
  },
};
