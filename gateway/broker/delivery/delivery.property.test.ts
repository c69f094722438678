import fc from 'fast-check';
import { expect, it } from 'vitest';
import { NO_RECORDER, type StateRecorder } from '#gateway/broker/durable/state-recorder.ts';
import { Refusals } from '#gateway/broker/refusals.ts';
import { RetainedMessages } from '#gateway/broker/sessions/retained-messages.ts';
import type { Session } from '#gateway/broker/sessions/session.ts';
import { Sessions } from '#gateway/broker/sessions/sessions.ts';
import { SimulatedSubscriber } from '#gateway/broker/testing/simulated-subscriber.ts';
import { DEFAULT_LIMITS } from '#gateway/model/broker-limits.ts';
import type { Done, QoS } from '#gateway/model/message.ts';
import { matchesTopic } from '#gateway/model/topic-filter.ts';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { MemoryLogger } from '#gateway/runtime/memory-logger.ts';
import { Delivery } from './delivery.ts';

const MAX_INFLIGHT = 3;
const MAX_QUEUED = 8;

/** A recorder whose disk answers when the history says so, and that keeps what would be there after a restart. */
class SlowRecorder implements StateRecorder {
  readonly queuedNumbers = new Map<string, Set<number>>();
  readonly #waiting: Done[] = [];

  readonly #others = NO_RECORDER;
  sessionStarted = this.#others.sessionStarted;
  subscribed = this.#others.subscribed;
  unsubscribed = this.#others.unsubscribed;
  released = this.#others.released;
  retained = this.#others.retained;
  received = this.#others.received;
  completed = this.#others.completed;
  willLeft = this.#others.willLeft;
  willEnded = this.#others.willEnded;
  begun = this.#others.begun;
  away = this.#others.away;
  isFull = this.#others.isFull;
  fannedOut = this.#others.fannedOut;

  sessionEnded: StateRecorder['sessionEnded'] = ({ clientId }) => void this.queuedNumbers.delete(clientId);

  queued: StateRecorder['queued'] = ({ clientId }, { number }) => {
    const numbers = this.queuedNumbers.get(clientId) ?? new Set();
    this.queuedNumbers.set(clientId, numbers.add(number));
  };

  dequeued: StateRecorder['dequeued'] = ({ clientId }, { number }) => {
    this.queuedNumbers.get(clientId)?.delete(number);
  };

  settle(done: Done): void {
    this.#waiting.push(done);
  }

  answer(): void {
    for (const done of this.#waiting.splice(0)) done();
  }
}

/** Broker, subscribers and the model that they are held to. */
class World {
  readonly recorder = new SlowRecorder();
  readonly #limits = { ...DEFAULT_LIMITS, maxInflight: MAX_INFLIGHT, maxQueuedMessages: MAX_QUEUED };
  readonly sessions = new Sessions({ limits: this.#limits, recorder: this.recorder, clock: new FakeClock() });
  readonly delivery = new Delivery({
    sessions: this.sessions,
    retained: new RetainedMessages(this.#limits),
    recorder: this.recorder,
    refusals: new Refusals(new FakeClock(), new MemoryLogger()),
    clock: new FakeClock(),
  });
  readonly subscribers = [
    new SimulatedSubscriber('stored', true, MAX_INFLIGHT),
    new SimulatedSubscriber('stored too', true, MAX_INFLIGHT),
    new SimulatedSubscriber('clean', false, MAX_INFLIGHT),
  ];
  /** Per subscriber, what it must be given with QoS 1 or 2. */
  readonly expected = new Map<SimulatedSubscriber, string[]>(this.subscribers.map((each) => [each, []]));
  #publishedCount = 0;

  publish(topic: string, qos: QoS): void {
    const payload = String(++this.#publishedCount);
    for (const subscriber of this.subscribers) this.#expect(subscriber, topic, qos, payload);
    const message = { topic, payload: Buffer.from(payload), qos, isRetained: false, isDuplicate: false, clientId: 'p' };
    this.delivery.deliver(message, undefined);
  }

  #expect(subscriber: SimulatedSubscriber, topic: string, qos: QoS, payload: string): void {
    const { session } = subscriber;
    if (session === undefined || qos === 0) return;
    const granted = [...session.subscriptions].filter(([filter, each]) => each > 0 && matchesTopic(filter, topic));
    // The bound is the queue's own; what it counts is held to the model by `subscriber.complaints` and the end of the history.
    if (granted.length > 0 && session.outgoing.length < MAX_QUEUED) this.expected.get(subscriber)?.push(payload);
  }

  /** Numbers of what the stored sessions hold, as it would be after a restart. */
  recorded(): (readonly number[])[] {
    return this.#stored().map(({ clientId }) => [...(this.recorder.queuedNumbers.get(clientId) ?? [])]);
  }

  /** The same as it is. */
  stored(): (readonly number[])[] {
    return this.#stored().map(({ outgoing }) =>
      [...outgoing].filter(({ qos: level }) => level > 0).map(({ number }) => number),
    );
  }

  #stored(): Session[] {
    return [...this.sessions].filter(({ isPersistent }) => isPersistent);
  }

  /** Everybody comes back, and takes all that there is. */
  drain(): void {
    for (const subscriber of this.subscribers) {
      subscriber.isReading = true;
      if (!subscriber.isConnected) subscriber.connect(this.sessions, this.delivery);
    }
    for (let isBusy = true; isBusy; ) {
      this.recorder.answer();
      for (const { session } of this.subscribers) if (session !== undefined) this.delivery.refill(session);
      this.recorder.answer();
      isBusy = this.subscribers.map((each) => each.takeOne(this.delivery)).includes(true);
    }
  }
}

type Step = (world: World) => void;

const subscriberStep = (act: (world: World, subscriber: SimulatedSubscriber) => void) =>
  fc.nat(2).map(
    (index): Step =>
      (world) => {
        const subscriber = world.subscribers[index];
        if (subscriber !== undefined) act(world, subscriber);
      },
  );

const qos = fc.constantFrom<QoS>(0, 1, 2);
const topic = fc.constantFrom('a', 'a/b', 'c');
const filter = fc.constantFrom('a', 'a/#', '#', '+/b');

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(topic, qos).map(
      ([name, level]): Step =>
        (world) =>
          world.publish(name, level),
    ),
  },
  { weight: 6, arbitrary: subscriberStep(({ delivery }, subscriber) => void subscriber.takeOne(delivery)) },
  {
    weight: 3,
    arbitrary: subscriberStep(({ sessions, delivery }, each) => {
      if (each.isConnected) each.disconnect(sessions);
      else each.connect(sessions, delivery);
    }),
  },
  // The next connection comes before the end of the last is seen [MQTT-3.1.4-2].
  { weight: 1, arbitrary: subscriberStep(({ sessions, delivery }, each) => each.connect(sessions, delivery)) },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.nat(2), filter, qos).map(
      ([index, name, level]): Step =>
        ({ sessions, subscribers }) => {
          const session = subscribers[index]?.session;
          if (session !== undefined) sessions.subscribe(session, name, level);
        },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.nat(2), filter).map(
      ([index, name]): Step =>
        ({ sessions, subscribers }) => {
          const session = subscribers[index]?.session;
          if (session !== undefined) sessions.unsubscribe(session, name);
        },
    ),
  },
  {
    weight: 2,
    arbitrary: subscriberStep(({ delivery }, each) => {
      each.isReading = !each.isReading;
      if (each.isReading && each.session !== undefined) delivery.refill(each.session);
    }),
  },
  { weight: 3, arbitrary: fc.constant<Step>(({ recorder }) => recorder.answer()) },
);

/** Everyone subscribes to everything first, so that most messages have takers. */
function begin(): World {
  const world = new World();
  for (const subscriber of world.subscribers) {
    subscriber.connect(world.sessions, world.delivery);
    if (subscriber.session !== undefined) world.sessions.subscribe(subscriber.session, '#', 2);
  }
  return world;
}

/** Without what is only there again. */
function withoutRepeats(payloads: readonly string[]): string[] {
  return [...new Set(payloads)];
}

it('gives every session its messages once, in order, within its window, whatever comes between [B2, B3]', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 120 }), (steps) => {
      const world = begin();
      for (const act of steps) {
        act(world);
        expect(world.recorded()).toEqual(world.stored());
      }
      world.drain();
      for (const subscriber of world.subscribers) {
        const { complaints, first, taken, session, isPersistent } = subscriber;
        expect(complaints).toEqual([]);
        // Numbers rise with each publish, so a message that overtakes another is out of order.
        expect(first).toEqual([...first].sort((one, other) => Number(one) - Number(other)));
        const expected = world.expected.get(subscriber) ?? [];
        if (isPersistent) expect(withoutRepeats(taken)).toEqual(expected);
        else expect(expected).toEqual(expect.arrayContaining(withoutRepeats(taken)));
        expect([session?.outgoing.length, session?.outgoing.sizeBytes]).toEqual([0, 0]);
      }
    }),
    { numRuns: 300 },
  );
});
