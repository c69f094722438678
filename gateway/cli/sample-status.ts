import type { StreamId } from '#gateway/model/message.ts';
import { parseEpoch, parseStreamId } from '#gateway/model/names.ts';
import type { GatewayStatus } from '#gateway/model/status.ts';

const stream = streamNamed('telemetry');
const epoch = parseEpoch('0123456789abcdef');
if (epoch === undefined) throw new Error('The epoch of the sample is wrong.');

/** A gateway that has seen a little of everything, for tests. */
export const SAMPLE_STATUS: GatewayStatus = {
  gateway: { id: 'truck-7', uid: 'a'.repeat(32), version: '1.2.3', pid: 4711, uptimeSeconds: 11_520 },
  clock: {
    clockRun: '0123456789abcdef',
    quality: 'system',
    anchor: 'gnss',
    anchorAgeSeconds: 7_200,
    receivers: 'agreed',
    hostOffsetMs: -1_250,
    stepCount: 1,
    correctionCount: 0,
  },
  journal: {
    state: 'ok',
    streams: [
      {
        id: stream,
        state: 'ok',
        epoch,
        oldestSequence: 1,
        syncedSequence: 1234,
        sizeBytes: 3 * 2 ** 19,
        segmentCount: 2,
        wasTailCut: false,
        lossBoundMs: 0,
      },
    ],
    appendedCount: 1234,
    refusedCount: 5,
    frameCount: 100,
    syncCount: 100,
    writtenBytes: 70_000,
    wear: {
      observedSeconds: 11_520,
      logicalBytes: 140_676,
      processBytes: 512_000,
      device: { name: 'mmcblk0', bytes: 3 * 2 ** 20 },
      basis: 'device',
      amplification: 22.36,
      enduranceTB: 30,
      projectedLifeDays: 15_894,
    },
  },
  broker: {
    listeners: [{ type: 'mqtt', host: '127.0.0.1', port: 1883 }],
    clientCount: 2,
    expiredSessionCount: 0,
    awayCount: 1,
    subscriptionCount: 5,
    queuedCount: 12,
    queuedBytes: 4096,
    retainedCount: 3,
    publishedCount: 1240,
    refusals: { badLogin: 3, queueFull: 0 },
    disconnects: { byClient: 7, keepAlive: 1 },
  },
  sources: [
    {
      id: 'gps0',
      type: 'gnss',
      path: '/dev/gps',
      state: 'lost',
      lastError: 'Opening the serial port /dev/gps: there is no such path',
      baud: 38_400,
      receivedBytes: 70_000,
      messages: { nmea0183: 1200 },
      lastMessageAgeMs: 90_500,
      publishedCount: 600,
      refusedCount: 0,
      reopenCount: 2,
      rejections: { 'wrong-checksum': 4, 'not-a-sentence': 0 },
    },
  ],
  sinks: [
    {
      id: 'hub',
      type: 'mqtt',
      link: 'lte',
      state: 'waiting',
      retryInMs: 12_300,
      lastError: 'hub.unreachable',
      sentCount: 1000,
      sentBytes: 250_000,
      acknowledgedCount: 990,
      filteredCount: 0,
      resentCount: 10,
      inFlightCount: 10,
      connectCount: 2,
      lanes: [
        {
          ...{ stream, acknowledgedSequence: 990, backlogCount: 244, isDrained: false, lostCount: 12 },
          ...{ backfillCount: 1, backfillBacklogCount: 240 },
        },
      ],
    },
  ],
  links: [
    {
      id: 'lte',
      mode: 'metered',
      modeFrom: 'cli',
      modeEndsInMs: 7_200_000,
      state: 'open',
      sentBytes: 41_000_000,
      receivedBytes: 3_500_000,
      connectionCount: 12,
      maxBytesPerSecond: 262_144,
      day: {
        usedBytes: 44_500_000,
        maxBytes: 200 * 2 ** 20,
        reserveBytes: 5 * 2 ** 20,
        basis: 'date',
        endsInMs: 36_000_000,
      },
    },
  ],
  deadLetters: {
    count: 3,
    sizeBytes: 2400,
    maxBytes: 32 * 2 ** 20,
    sinks: [
      {
        sink: 'hub',
        count: 3,
        redrivingCount: 1,
        buriedCount: 4,
        evictedCount: 2,
        lastReason: 'hub.rejectedEvent: too large',
      },
    ],
  },
  power: { safe: false, pending: [{ what: 'sink', sink: 'hub', stream, count: 244, why: 'waiting: hub.unreachable' }] },
  handover: {
    chrony: {
      socket: '/run/chrony.waystation.sock',
      state: 'sending',
      device: 'gps0',
      sampleCount: 590,
      droppedCount: 2,
    },
    gpsd: { host: '127.0.0.1', port: 2947, isListening: true, clientCount: 1, droppedClientCount: 0 },
  },
  rules: {
    state: 'held',
    lastError: 'rules.held: Node-RED runs, its flows do not (safe-mode)',
    url: 'http://127.0.0.1:1880/',
    login: { username: 'admin', passwordFile: '/data/rules/admin-password' },
    pid: 4712,
    rssBytes: 135 * 2 ** 20,
    isConnected: true,
    refusedPublishCount: 0,
    restartCount: 2,
  },
};

/** The id of a stream, for tests. */
export function streamNamed(name: string): StreamId {
  const id = parseStreamId(name);
  if (id === undefined) throw new Error(`No stream can be named ${name}.`);
  return id;
}
