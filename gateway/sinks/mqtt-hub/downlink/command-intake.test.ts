import { describe, expect, it } from 'vitest';
import { WaystationError } from '#gateway/model/errors.ts';
import type { Done, Message } from '#gateway/model/message.ts';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { MemoryLogger } from '#gateway/runtime/memory-logger.ts';
import type { IncomingPublish } from '#gateway/sinks/mqtt-hub/session.ts';
import { compileShaper } from '#gateway/sinks/shape/compile-shaper.ts';
import { sampleRecord } from '#gateway/sinks/testing/sample-record.ts';
import { CommandIntake, MAX_COMMANDS_PER_SECOND } from './command-intake.ts';
import { dropEcho } from './drop-echo.ts';
import { MAX_REMEMBERED_COMMANDS } from './taken-commands.ts';

function open() {
  const [clock, logger] = [new FakeClock(), new MemoryLogger()];
  const published: { readonly message: Message; readonly done: Done }[] = [];
  const intake = new CommandIntake({
    ...{ root: 'down/', allow: ['commands/restart'], clientId: '@sinks/hub', maxPayloadBytes: 100, holdMs: 5000 },
    ...{
      clock,
      logger,
      publisher: { publish: (message: Message, done: Done) => void published.push({ message, done }) },
    },
  });
  /** What became of it, once something has. */
  const receive = (topic: string, isDuplicate = false) => {
    const result: { state: 'waiting' | 'safe' | Error } = { state: 'waiting' };
    const publish = { topic, payload: Buffer.from('{}'), qos: 1 as const, isRetained: false, isDuplicate };
    intake.receive(publish, clock.monotonicMs()).then(
      () => (result.state = 'safe'),
      (error) => (result.state = error),
    );
    return result;
  };
  return { intake, clock, logger, published, receive };
}

const COMMAND = 'down/commands/restart';
const PUBLISH: IncomingPublish = {
  ...{ topic: COMMAND, payload: Buffer.from('{}'), qos: 1, isRetained: false, isDuplicate: false, packetId: 7 },
};

describe('what comes down', () => {
  it('is answered once it is safe, and not before', async () => {
    const { intake, clock, published, receive } = open();
    const result = receive(COMMAND, true);
    await clock.advance(60_000);
    expect(result.state).toBe('waiting');
    published[0]?.done();
    await clock.advance(0);
    expect(result.state).toBe('safe');
    expect(intake.status()).toEqual({ takenCount: 1, duplicateCount: 1, ignored: {} });
  });

  it('stays with the hub when the journal is full, and the connection ends after a while', async () => {
    const { intake, clock, published, receive, logger } = open();
    const result = receive(COMMAND);
    await clock.advance(0);
    const full = new WaystationError('journal.full', 'the disk takes no more');
    published[0]?.done(full);
    await clock.advance(0);
    await clock.advance(4999);
    expect(result.state).toBe('waiting');
    await clock.advance(1);
    expect(result.state).toBe(full);
    expect(intake.status()).toMatchObject({ takenCount: 0, ignored: {} });
    expect(logger.warnings).toHaveLength(1);
  });

  it('stands in nobody’s way when it can never be kept', async () => {
    const { intake, clock, published, receive } = open();
    const result = receive(COMMAND);
    await clock.advance(0);
    published[0]?.done(new WaystationError('journal.recordTooLarge', 'too large'));
    await clock.advance(0);
    expect(result.state).toBe('safe');
    expect(intake.status().ignored).toEqual({ unfit: 1 });
  });

  it('is ignored, counted and told of once a minute for each topic, of which a bounded number is remembered', async () => {
    const { intake, clock, published, receive, logger } = open();
    for (let round = 0; round < 3; round++) {
      expect(receive('down/devices/x')).toBeDefined();
      await clock.advance(1000);
    }
    expect(logger.warnings).toHaveLength(1);
    await clock.advance(60_000);
    receive('down/devices/x');
    await clock.advance(0);
    expect(logger.warnings).toHaveLength(2);
    for (let topic = 0; topic < 300; topic++) {
      receive(`down/devices/${topic}`);
      await clock.advance(100);
    }
    expect(logger.warnings.length).toBeLessThanOrEqual(102);
    expect(published).toEqual([]);
    expect(intake.status().ignored).toEqual({ notAllowed: 304 });
  });

  it('that was dropped for its pace is counted, and told of in one line a minute whatever its topics', async () => {
    const { intake, clock, logger } = open();
    for (let topic = 0; topic < 5000; topic++) intake.drop(`down/commands/${topic}`);
    await clock.advance(60_000);
    intake.drop(COMMAND);
    expect(intake.status().ignored).toEqual({ tooFast: 5001 });
    expect(logger.warnings.map(({ fields }) => fields)).toMatchObject([{ count: 1 }, { count: 5001 }]);
  });

  it('expires while it waits, and what nobody wants takes nobody’s turn [MQTT-3.3.2-5]', async () => {
    const { intake, clock, published } = open();
    const receive = (fields: Partial<IncomingPublish>) =>
      void intake.receive({ ...PUBLISH, expirySeconds: 1, ...fields }, clock.monotonicMs());
    for (let count = 0; count < 1000; count++) receive({ topic: 'down/devices/x' });
    for (let count = 0; count < 100; count++) receive({});
    for (let second = 0; second < 10; second++) await clock.advance(1000);
    // Ten at once, and twenty in the second.
    expect(published.length).toBeGreaterThan(20);
    expect(published.length).toBeLessThanOrEqual(31);
    expect(intake.status().ignored).toEqual({ notAllowed: 1000, expired: 100 - published.length });
    // What is left of it goes with the command.
    const waited = { ...PUBLISH, expirySeconds: 60 };
    void intake.receive(waited, clock.monotonicMs() - 10_500);
    await clock.advance(0);
    expect(published.at(-1)?.message.expirySeconds).toBe(50);
  });

  it('that comes faster than a person would send waits at the hub', async () => {
    const { clock, published, receive } = open();
    for (let count = 0; count < 100; count++) receive(COMMAND);
    await clock.advance(0);
    expect(published.length).toBeLessThanOrEqual(MAX_COMMANDS_PER_SECOND);
    await clock.advance(1000);
    expect(published.length).toBeLessThanOrEqual(2 * MAX_COMMANDS_PER_SECOND);
    await clock.advance(10_000);
    expect(published).toHaveLength(100);
  });
});

describe('what comes again', () => {
  const CORRELATED = { ...PUBLISH, payload: Buffer.from('{"correlation":"a1"}') };
  const AGAIN = { ...CORRELATED, isDuplicate: true };
  const { packetId: _, ...WITHOUT_ID } = AGAIN;

  it.each([
    ['names itself in its payload', CORRELATED, {}],
    ['has correlation data', { ...PUBLISH, correlationData: Buffer.from('a1') }, {}],
    ['has less time left', { ...CORRELATED, expirySeconds: 60 }, { expirySeconds: 50 }],
  ] as const)('is not published again where it %s', async (_, first, less) => {
    const { intake, clock, published } = open();
    const results = [intake.receive(first, 0), intake.receive({ ...first, ...less, isDuplicate: true }, 0)];
    await clock.advance(0);
    expect(published).toHaveLength(1);
    published[0]?.done();
    await Promise.all(results);
    void intake.receive({ ...first, ...less, isDuplicate: true }, 0);
    await clock.advance(1000);
    expect(published).toHaveLength(1);
    expect(intake.status()).toEqual({ takenCount: 1, duplicateCount: 0, ignored: { repeated: 2 } });
  });

  it.each([
    ['another packet id', { ...AGAIN, packetId: 8 }],
    ['another payload', { ...AGAIN, payload: Buffer.from('{"correlation":"a1","x":1}') }],
    ['other user properties', { ...AGAIN, userProperties: [['a', '1']] as const }],
    ['no DUP', CORRELATED],
    ['QoS 0', { ...WITHOUT_ID, qos: 0 as const }],
  ])('is another command with %s', async (_, second) => {
    const { intake, clock, published } = open();
    for (const publish of [CORRELATED, second]) {
      void intake.receive(publish, 0);
      await clock.advance(0);
      published.at(-1)?.done();
      await clock.advance(0);
    }
    expect(published).toHaveLength(2);
  });

  it('is published where it does not say which one it is: two that are alike may both be meant', async () => {
    const { intake, clock, published } = open();
    for (const isDuplicate of [false, true]) void intake.receive({ ...PUBLISH, isDuplicate }, 0);
    await clock.advance(0);
    expect(published).toHaveLength(2);
  });

  it('is published where the first could not be kept', async () => {
    const { intake, clock, published } = open();
    const first = expect(intake.receive(CORRELATED, 0)).rejects.toThrow('no space');
    void intake.receive(AGAIN, 0);
    await clock.advance(0);
    published[0]?.done(new WaystationError('journal.full', 'no space left'));
    await clock.advance(0);
    await clock.advance(5000);
    await first;
    await clock.advance(0);
    expect(published).toHaveLength(2);
  });

  it('is known however much that is ignored came in between', async () => {
    const { intake, clock, published } = open();
    const first = intake.receive(CORRELATED, 0);
    await clock.advance(0);
    published[0]?.done();
    await first;
    for (let count = 0; count <= MAX_REMEMBERED_COMMANDS; count++)
      await intake.receive({ ...PUBLISH, topic: 'down/devices/x', payload: Buffer.from(`${count}`) }, 0);
    void intake.receive(AGAIN, 0);
    await clock.advance(1000);
    expect(published).toHaveLength(1);
  });

  it('is known among so many, and no more are remembered [P3]', async () => {
    const { intake, clock, published } = open();
    const receive = async (packetId: number, isDuplicate: boolean) => {
      void intake.receive({ ...CORRELATED, packetId, isDuplicate }, clock.monotonicMs());
      await clock.advance(50);
      published.at(-1)?.done();
      await clock.advance(0);
    };
    for (let packetId = 1; packetId <= MAX_REMEMBERED_COMMANDS + 1; packetId++) await receive(packetId, false);
    await receive(2, true);
    expect(published).toHaveLength(MAX_REMEMBERED_COMMANDS + 1);
    await receive(1, true);
    expect(published).toHaveLength(MAX_REMEMBERED_COMMANDS + 2);
  });
});

it('goes round in a circle through hubs and clients no faster than the downlink, however much is made of each command', async () => {
  const { clock, published, receive } = open();
  const seconds = 20;
  let result = receive(COMMAND);
  for (let step = 0; step < 100 * seconds; step++) {
    await clock.advance(10);
    // Whoever hears it commands again, and the hub has always another one.
    published.at(-1)?.done();
    await clock.advance(0);
    if (result.state === 'safe') result = receive(COMMAND);
  }
  expect(published.length).toBeGreaterThan(10 * seconds);
  expect(published.length).toBeLessThanOrEqual((seconds + 1) * MAX_COMMANDS_PER_SECOND);
});

it('never goes up again where it came from', () => {
  const shaper = dropEcho(compileShaper([]), 'hub');
  const memory = shaper.openMemory();
  const decide = (clientId: string) => shaper.decide(sampleRecord({ clientId, topic: 'commands/restart' }), memory);
  expect(decide('@sinks/hub')).toMatchObject({ passes: false, reason: 'echo' });
  for (const other of ['@sinks/other', '@hub', 'hub']) expect(decide(other)).toMatchObject({ passes: true });
});
