import { type Broker, type BrokerOptions, openBroker } from '#gateway/broker/open-broker.ts';
import type { Done, Message } from '#gateway/model/message.ts';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { MemoryLogger } from '#gateway/runtime/memory-logger.ts';

/** A broker on a free port that lets everyone in, with a tap that answers at once unless the test holds it. */
export async function openTestBroker(options: Partial<BrokerOptions> = {}): Promise<TestBroker> {
  const tap = new HeldTap();
  const logger = new MemoryLogger();
  const clock = new FakeClock();
  const broker = await openBroker({
    listeners: [{ type: 'mqtt', host: '127.0.0.1', port: 0 }],
    users: [],
    anonymous: { publish: ['#'], subscribe: ['#'] },
    admit: tap.admit,
    clock,
    logger,
    ...options,
  });
  return {
    broker,
    tap,
    clock,
    logger,
    port: broker.listeners[0]?.port ?? 0,
    [Symbol.asyncDispose]: () => {
      tap.release();
      return broker[Symbol.asyncDispose]();
    },
  };
}

/** What a test works with. */
export interface TestBroker extends AsyncDisposable {
  readonly broker: Broker;
  readonly tap: HeldTap;
  readonly clock: FakeClock;
  readonly logger: MemoryLogger;
  readonly port: number;
}

/** An admission tap that keeps what it sees and answers when the test says so. */
export class HeldTap {
  readonly messages: Message[] = [];
  /** Answers not given yet. */
  readonly held: Done[] = [];
  isHolding = false;
  /** What to answer at once; undefined lets the message pass. */
  verdict: (message: Message) => Parameters<Done>[0] = () => undefined;

  readonly admit = (message: Message, done: Done): undefined => {
    this.messages.push(message);
    // Like the admission in use, which never waits for QoS 0.
    if (this.isHolding && message.qos > 0) this.held.push(done);
    else done(this.verdict(message));
  };

  /** Payloads in the order in which the tap saw them. */
  get payloads(): string[] {
    return this.messages.map(({ payload }) => Buffer.from(payload).toString());
  }

  /** Lets everything pass. */
  release(): void {
    this.isHolding = false;
    for (const done of this.held.splice(0)) done();
  }
}
