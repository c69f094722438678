import type { Epoch, StreamId } from '#gateway/model/message.ts';
import { parseEpoch, parseStreamId } from '#gateway/model/names.ts';
import type { SinkStatus } from '#gateway/model/sink-status.ts';
import type { GatewayStatus } from '#gateway/model/status.ts';

const EPOCH = epochNamed('0123456789abcdef');

/** The id of a stream, for tests. */
export function streamNamed(name: string): StreamId {
  const id = parseStreamId(name);
  if (id === undefined) throw new Error(`No stream can be named ${name}.`);
  return id;
}

const TELEMETRY = streamNamed('telemetry');

/** A sink with one lane; `backlogCount` and `acknowledgedSequence` are that lane's. */
export function sampleSink(
  changes: Partial<SinkStatus> & { readonly backlogCount?: number; readonly acknowledgedSequence?: number } = {},
): SinkStatus {
  const { backlogCount = 0, acknowledgedSequence = 0, ...rest } = changes;
  return {
    id: 'hub',
    type: 'mqtt',
    state: 'online',
    sentCount: 0,
    sentBytes: 0,
    acknowledgedCount: 0,
    filteredCount: 0,
    resentCount: 0,
    inFlightCount: 0,
    connectCount: 1,
    lanes: [{ stream: TELEMETRY, acknowledgedSequence, backlogCount, isDrained: backlogCount === 0 }],
    ...rest,
  };
}

/** A gateway with one stream, one source and the given sinks. */
export function sampleStatus(
  choices: {
    readonly sinks?: readonly SinkStatus[];
    readonly syncedSequence?: number;
    readonly oldestSequence?: number;
  } = {},
): GatewayStatus {
  const { sinks = [sampleSink()], syncedSequence = 0, oldestSequence = 1 } = choices;
  const stream = { id: TELEMETRY, epoch: EPOCH, oldestSequence, syncedSequence };
  return {
    gateway: { id: 'truck-7', uid: 'a'.repeat(32), version: '1.2.3', pid: 4711, uptimeSeconds: 60 },
    clock: {
      clockRun: '0123456789abcdef',
      quality: 'ntp',
      anchor: 'ntp',
      anchorAgeSeconds: 60,
      receivers: 'unknown',
      stepCount: 0,
      correctionCount: 0,
    },
    journal: {
      state: 'ok',
      streams: [{ ...stream, state: 'ok', sizeBytes: 4096, segmentCount: 1, wasTailCut: false, lossBoundMs: 0 }],
      appendedCount: syncedSequence,
      refusedCount: 5,
      frameCount: 10,
      syncCount: 11,
      writtenBytes: 4000,
      wear: {
        observedSeconds: 7200,
        logicalBytes: 2000,
        processBytes: 8192,
        device: { name: 'mmcblk0', bytes: 16_384 },
        basis: 'device',
        amplification: 8.192,
        enduranceTB: 30,
        projectedLifeDays: 100,
      },
    },
    broker: { ...BROKER, publishedCount: syncedSequence },
    sources: [
      {
        id: 'gps0',
        type: 'gnss',
        path: '/dev/gps',
        state: 'open',
        baud: 38_400,
        receivedBytes: 70_000,
        messages: { nmea0183: 1200 },
        lastMessageAgeMs: 500,
        publishedCount: syncedSequence,
        refusedCount: 0,
        reopenCount: 2,
        rejections: { 'wrong-checksum': 4 },
      },
    ],
    sinks,
    links: LINKS,
    deadLetters: { count: 0, sizeBytes: 0, maxBytes: 32 * 2 ** 20, sinks: [] },
    power: { safe: true, pending: [] },
    handover: {},
  };
}

const BROKER: Omit<GatewayStatus['broker'], 'publishedCount'> = {
  listeners: [{ type: 'mqtt', host: '127.0.0.1', port: 1883 }],
  clientCount: 2,
  awayCount: 1,
  subscriptionCount: 5,
  queuedCount: 12,
  queuedBytes: 4096,
  retainedCount: 3,
  expiredSessionCount: 0,
  disconnects: { keepAlive: 2 },
  refusals: { badLogin: 3 },
};

const LINKS: NonNullable<GatewayStatus['links']> = [
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
];

function epochNamed(name: string): Epoch {
  const epoch = parseEpoch(name);
  if (epoch === undefined) throw new Error(`No epoch can be named ${name}.`);
  return epoch;
}
