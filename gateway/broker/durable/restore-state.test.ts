import type { PublishPacket } from 'aedes';
import { expect, it } from 'vitest';
import { MemoryStorage } from '#gateway/journal/memory-storage.ts';
import { BrokerLife, type Line, STREAMS } from './testing/broker-life.ts';

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
