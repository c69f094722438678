import { describe, expect, it } from 'vitest';
import { HeldRecorder } from '#gateway/broker/testing/held-recorder.ts';
import { DEFAULT_LIMITS } from '#gateway/model/broker-limits.ts';
import type { Message } from '#gateway/model/message.ts';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { listSessions } from './list-sessions.ts';
import { GUARANTEED_QUEUE_BYTES } from './queue-budget.ts';
import type { Session, SessionIdentity } from './session.ts';
import { type SessionLimits, Sessions } from './sessions.ts';

function open(limits: Partial<SessionLimits> = {}) {
  const told: string[] = [];
  const disk = new HeldRecorder();
  disk.isHolding = true;
  const recorder = {
    ...disk.recorder,
    sessionStarted: ({ clientId }: SessionIdentity) => void told.push(`${clientId} started`),
    sessionEnded: ({ clientId }: SessionIdentity) => void told.push(`${clientId} ended`),
    subscribed: (_: SessionIdentity, filter: string, qos: number) => void told.push(`subscribed ${filter} ${qos}`),
    unsubscribed: (_: SessionIdentity, filter: string) => void told.push(`unsubscribed ${filter}`),
  };
  const clock = new FakeClock();
  const sessions = new Sessions({ limits: { ...DEFAULT_LIMITS, ...limits }, recorder, clock });
  return { sessions, told, disk, clock, recorder };
}

function holder() {
  return {
    isClosed: false,
    close() {
      this.isClosed = true;
    },
  };
}

const TYRE: SessionIdentity = { clientId: 'tyre', username: 'workshop', isPersistent: true };
const CLEAN: SessionIdentity = { ...TYRE, isPersistent: false };

describe('a claim', () => {
  it('resumes what is stored, closes whoever held it, and lets the late end of that one change nothing [MQTT-3.1.4-2]', () => {
    const { sessions, told, disk } = open();
    const [first, second] = [holder(), holder()];
    const begun = sessions.claim(TYRE, first);
    disk.release();
    const resumed = sessions.claim(TYRE, second);
    if (!(begun.isGranted && resumed.isGranted)) throw new Error('refused');
    expect([resumed.session === begun.session, resumed.session.isResumed]).toEqual([true, true]);
    expect([first.isClosed, begun.mustSettle, resumed.mustSettle]).toEqual([true, true, false]);
    sessions.release(begun.session, first);
    expect(resumed.session.holder).toBe(second);
    expect(told).toEqual(['tyre started']);
  });

  it('of a clean session forgets what is stored, and leaves nothing behind [MQTT-3.1.2-6]', () => {
    const { sessions, told } = open();
    const stored = sessions.claim(TYRE, holder());
    if (!stored.isGranted) throw new Error('refused');
    sessions.subscribe(stored.session, 'a/#', 1);
    const only = holder();
    const clean = sessions.claim(CLEAN, only);
    if (!clean.isGranted) throw new Error('refused');
    expect([clean.session.isResumed, clean.mustSettle, sessions.match('a/b')]).toEqual([false, true, []]);
    sessions.subscribe(clean.session, 'a/#', 1);
    sessions.release(clean.session, only);
    expect([sessions.count, sessions.match('a/b')]).toEqual([0, []]);
    expect(told).toEqual(['tyre started', 'subscribed a/# 1', 'tyre ended']);
  });

  it('of another account is refused for as long as the client id is in use or stored [B6]', () => {
    const { sessions } = open();
    const first = holder();
    const claim = sessions.claim(TYRE, first);
    if (!claim.isGranted) throw new Error('refused');
    const other = { ...CLEAN, username: 'garage' };
    expect(sessions.claim(other, holder())).toEqual({ isGranted: false, refusal: 'otherAccount' });
    sessions.release(claim.session, first);
    expect(sessions.claim(other, holder())).toEqual({ isGranted: false, refusal: 'otherAccount' });
    expect(first.isClosed).toBe(false);
    sessions.end(claim.session);
    expect(sessions.claim(other, holder()).isGranted).toBe(true);
  });

  it.each([
    ['clients', { maxClients: 1 }, { ...CLEAN, clientId: 'other' }, 'tooManyClients'],
    ['sessions', { maxSessions: 1 }, { ...TYRE, clientId: 'other', username: 'garage' }, 'tooManySessions'],
    [
      'sessions of an account',
      { maxSessionsPerAccount: 1 },
      { ...TYRE, clientId: 'other' },
      'tooManySessionsOfAccount',
    ],
  ] as const)(
    'is refused where there are too many %s, but not to whoever is among them',
    (_what, limits, identity, refusal) => {
      const { sessions } = open(limits);
      sessions.claim(TYRE, holder());
      expect(sessions.claim(identity, holder())).toEqual({ isGranted: false, refusal });
      expect(sessions.claim(TYRE, holder()).isGranted).toBe(true);
    },
  );
});

describe('a subscription', () => {
  it('is told of when it changes, not when it is there already', () => {
    const { sessions, told } = open();
    const claim = sessions.claim(TYRE, holder());
    if (!claim.isGranted) throw new Error('refused');
    const { session } = claim;
    sessions.subscribe(session, 'a', 1);
    sessions.subscribe(session, 'a', 1);
    sessions.subscribe(session, 'a', 2);
    expect(sessions.match('a')).toEqual([{ session, qos: 2 }]);
    sessions.unsubscribe(session, 'a');
    sessions.unsubscribe(session, 'a');
    expect(sessions.match('a')).toEqual([]);
    expect(told).toEqual(['tyre started', 'subscribed a 1', 'subscribed a 2', 'unsubscribed a']);
  });

  it('of a session that is restored is in place, and told to nobody', () => {
    const { sessions, told } = open();
    const session = sessions.restore(TYRE, [['a/+', 1]]);
    expect([sessions.find('tyre'), sessions.match('a/b')]).toEqual([session, [{ session, qos: 1 }]]);
    expect(told).toEqual([]);
  });
});

describe('what all queues hold together', () => {
  const message: Message = {
    ...{ topic: 'a', payload: Buffer.alloc(20_000), qos: 1, isRetained: false, isDuplicate: false },
    clientId: 'other',
  };
  const fill = (session: Session) => {
    const added = { message, place: undefined, qos: 1, isRetained: false, queuedMs: 0 } as const;
    while (session.outgoing.add(added) !== undefined);
    return session.outgoing.sizeBytes;
  };

  it('is bounded, with a share for each that no other can use up [P3]', () => {
    const { sessions } = open({ maxQueuedTotalBytes: 200_000 });
    const claims = ['greedy', 'late', 'later'].map((clientId) => sessions.claim({ ...TYRE, clientId }, holder()));
    const [greedy, late, later] = claims.map((claim) => {
      if (!claim.isGranted) throw new Error('refused');
      return fill(claim.session);
    });
    expect(greedy).toBeGreaterThan(180_000);
    expect(greedy).toBeLessThanOrEqual(200_000);
    for (const sizeBytes of [late, later]) {
      expect(sizeBytes).toBeGreaterThan(GUARANTEED_QUEUE_BYTES - 21_000);
      expect(sizeBytes).toBeLessThanOrEqual(GUARANTEED_QUEUE_BYTES);
    }
  });

  it('is given back by what ends, and by nothing that comes late from its connection', () => {
    const { sessions } = open({ maxQueuedTotalBytes: 200_000 });
    for (let round = 0; round < 5; round++) {
      const claim = sessions.claim({ ...TYRE, clientId: `c${round}` }, holder());
      if (!claim.isGranted) throw new Error('refused');
      const { session } = claim;
      expect(fill(session)).toBeGreaterThan(180_000);
      const packetId = session.outgoing.take()?.packetId ?? 0;
      sessions.end(session);
      session.outgoing.acknowledge(packetId, 1);
      expect([session.outgoing.sizeBytes, fill(session)]).toEqual([0, 0]);
    }
  });
});

it('lists what is kept for clients, those that have been away longest first', async () => {
  const { sessions, clock } = open();
  const holders = [holder(), holder()];
  const [first, second] = ['first', 'second'].map((clientId, index) => {
    const claim = sessions.claim({ ...TYRE, clientId }, holders[index] ?? holder());
    if (!claim.isGranted) throw new Error('refused');
    return claim.session;
  });
  sessions.claim({ ...CLEAN, clientId: 'clean' }, holder());
  if (first === undefined || second === undefined) throw new Error('no session');
  sessions.restore({ ...TYRE, clientId: 'restored' }, [['a', 1]], 86_400_000);
  await clock.advance(5_000);
  sessions.release(second, holders[1] ?? holder());
  second.outgoing.add({
    ...{ place: undefined, qos: 1, isRetained: false, queuedMs: 5_000 },
    message: {
      ...{ topic: 'a', payload: Buffer.from('x'), qos: 1, isRetained: false },
      isDuplicate: false,
      clientId: 'o',
    },
  });
  await clock.advance(60_000);
  const listed = listSessions(sessions, { nowMs: clock.monotonicMs(), sessionExpiryDays: 2 });
  expect(listed).toEqual([
    {
      ...{ client: 'restored', user: 'workshop', isConnected: false, awaySeconds: 86_465, expiresInSeconds: 86_335 },
      ...{ subscriptionCount: 1, queuedCount: 0, queuedBytes: 0 },
    },
    {
      ...{ client: 'second', user: 'workshop', isConnected: false, awaySeconds: 60, expiresInSeconds: 172_740 },
      ...{ subscriptionCount: 0, queuedCount: 1, queuedBytes: 258, oldestSeconds: 60 },
    },
    { client: 'first', user: 'workshop', isConnected: true, subscriptionCount: 0, queuedCount: 0, queuedBytes: 0 },
  ]);
});

it('begins no session while the disk takes nothing and too much waits for it, and resumes those that are there [P3]', () => {
  const { sessions, recorder } = open();
  sessions.claim(TYRE, holder());
  Object.assign(recorder, { isFull: true });
  expect(sessions.claim({ ...TYRE, clientId: 'new' }, holder())).toEqual({ isGranted: false, refusal: 'stateFull' });
  expect(sessions.claim(TYRE, holder()).isGranted).toBe(true);
});
