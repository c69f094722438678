import type { PublishPacket } from 'aedes';
import { expect, it } from 'vitest';
import { RetainedMessages } from '#gateway/broker/sessions/retained-messages.ts';
import { Sessions } from '#gateway/broker/sessions/sessions.ts';
import { MemoryStorage } from '#gateway/journal/memory-storage.ts';
import { DEFAULT_LIMITS } from '#gateway/model/broker-limits.ts';
import type { Message, StreamId } from '#gateway/model/message.ts';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { MapRecorder } from './map-recorder.ts';
import { restoreState } from './restore-state.ts';
import { encodeEntry, encodeInbound, encodeMark, encodeSession, encodeSubscription } from './state-codec.ts';
import { stateKeys } from './state-keys.ts';
import { BrokerLife, type Line, STREAMS } from './testing/broker-life.ts';
import { MemoryMap } from './testing/memory-map.ts';

/** A connection that takes everything, once it is open. */
function connect(life: BrokerLife, clientId: string, isPersistent: boolean): Line {
  const lines: Line[] = [];
  life.connect(clientId, isPersistent, {
    open: (line) => void lines.push(line),
    connack: () => undefined,
    send: () => undefined,
    close: () => undefined,
  });
  const [line] = lines;
  if (line === undefined) throw new Error('the login was refused');
  return line;
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** A publish of QoS 2 that nobody acknowledges before the process ends. */
async function publishAndDie(before: 'clean' | 'persistent', then: 'clean' | 'persistent' | undefined) {
  const storage = new MemoryStorage();
  const life = await BrokerLife.open(storage, 1);
  const line = connect(life, 'anna', before === 'persistent');
  await turns(8);
  const packet = {
    cmd: 'publish',
    topic: 'alerts/anna',
    payload: Buffer.from('x'),
    qos: 2,
    messageId: 1,
    retain: false,
  };
  life.publish(line, packet as PublishPacket, () => undefined);
  // Some other is still being fanned out, so the mark stays behind.
  const [alerts] = STREAMS;
  if (alerts !== undefined) life.state.recorder.begun({ stream: alerts, sequence: 1 });
  if (then !== undefined) connect(life, 'anna', then === 'persistent');
  await turns(8);
  const next = await BrokerLife.open(storage.kill(), 2);
  return next.sessions.find('anna');
}

it('takes the packet id of a publish that the crash left unanswered for received [B7]', async () => {
  const session = await publishAndDie('persistent', undefined);
  expect([...(session?.inbound ?? [])]).toEqual([[1, { stream: 'alerts', sequence: 1 }]]);
});

it('never answers a session with the packet ids of the one before it', async () => {
  const session = await publishAndDie('clean', 'persistent');
  expect(session?.inbound.size).toBe(0);
});

it('restores nothing of a session that ended, nor of a clean one', async () => {
  expect(await publishAndDie('persistent', 'clean')).toBeUndefined();
  expect(await publishAndDie('clean', undefined)).toBeUndefined();
});

// A slug.
const ALERTS = 'alerts' as StreamId;
const EPOCH = '0123456789abcdef';

function messageOf(text: string): Message {
  return {
    ...{ topic: 'alerts/x', payload: Buffer.from(text), qos: 1, isRetained: false, isDuplicate: false },
    clientId: 'other',
  };
}

/** A start over what the map holds, and a stream that ends there. */
async function start(map: MemoryMap, syncedSequence: number) {
  const clock = new FakeClock();
  const records = Array.from({ length: syncedSequence }, (_, index) => ({
    ...{ stream: ALERTS, epoch: EPOCH, sequence: index + 1 },
    record: { ...messageOf(`record ${index + 1}`), stamp: { clockRun: 'run', monotonicMs: index } },
  }));
  const read = async (from: number) => ({
    ...{ records: records.slice(from - 1), lost: [], nextSequence: syncedSequence + 1 },
  });
  // As much of a stream as a start needs.
  const streams = [{ id: ALERTS, epoch: EPOCH, syncedSequence, oldestSequence: 1, read }] as never;
  const recorder = new MapRecorder({ map, streams, clock });
  const sessions = new Sessions({ limits: DEFAULT_LIMITS, recorder, clock });
  const retained = new RetainedMessages(DEFAULT_LIMITS);
  await restoreState({ map, recorder, sessions, retained, streams, clockRuns: [], clock });
  const session = sessions.find('anna');
  if (session === undefined) throw new Error('there is no session');
  return { session, texts: [...session.outgoing].map(({ message }) => Buffer.from(message.payload).toString()) };
}

it('strikes out places whose records are gone, so that no later record with their sequence is taken for them [B1, B7]', async () => {
  const map = new MemoryMap();
  const gone = { stream: ALERTS, sequence: 7 };
  const since = [{ stream: ALERTS, sequence: 6 }];
  map.set(stateKeys.mark(ALERTS), encodeMark({ epoch: EPOCH, sequence: 5 }));
  map.set(stateKeys.session(1), encodeSession({ clientId: 'anna', username: undefined, since, awayMs: 1000 }));
  map.set(stateKeys.subscription(1, 'alerts/#'), encodeSubscription(1));
  map.set(stateKeys.inbound(1, 1), encodeInbound(gone));
  map.set(stateKeys.inbound(1, 2), encodeInbound({ stream: ALERTS, sequence: 3 }));
  const entry = { qos: 1, packetId: undefined, isReleased: false, isRetained: false, ageMs: 0 } as const;
  map.set(stateKeys.outgoing(1, 0), encodeEntry({ ...entry, message: messageOf('gone with the power'), place: gone }));
  const first = await start(map, 5);
  expect([...first.session.inbound.keys()]).toEqual([2]);
  expect(first.texts).toEqual(['gone with the power']);
  expect(first.session.awaySinceMs).toBe(-1000);
  const second = await start(map, 7);
  expect([...second.session.inbound.keys()]).toEqual([2]);
  expect(second.texts).toEqual(['gone with the power', 'record 6', 'record 7']);
});

it('finds the wills that were left when the process was killed, and none that had ended', async () => {
  const storage = new MemoryStorage();
  const { recorder } = (await BrokerLife.open(storage, 1)).state;
  const willOf = (clientId: string) => {
    const message = {
      topic: 'alerts/a',
      payload: Buffer.from('gone'),
      qos: 1,
      isRetained: true,
      isDuplicate: false,
    } as const;
    return { username: 'fleet', message: { ...message, clientId } };
  };
  const numbers = ['anna', 'bert', 'carl'].map((clientId) => recorder.willLeft(willOf(clientId)));
  // Nobody waits for them.
  await turns(12);
  recorder.willEnded(numbers[1] ?? 0);
  await turns(12);
  const next = await BrokerLife.open(storage.kill(), 2);
  expect([...next.wills]).toEqual([
    [numbers[0], willOf('anna')],
    [numbers[2], willOf('carl')],
  ]);
  expect(next.state.recorder.willLeft(willOf('dora'))).toBe((numbers[2] ?? 0) + 1);
});
