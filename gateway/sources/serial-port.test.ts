import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { FakeSerialPorts } from './fake-serial-ports.ts';
import { SerialPort } from './serial-port.ts';

const PATH = '/dev/serial/by-id/gps';

let clock: FakeClock;
let bench: FakeSerialPorts;
let port: SerialPort;
/** What happened, in order: states, received text, `quiet`, `closed`. */
let log: string[];

beforeEach(() => {
  clock = new FakeClock();
  bench = new FakeSerialPorts();
  log = [];
  port = new SerialPort({
    path: PATH,
    chooseBaud: () => 4800,
    greeting: Buffer.from('hello'),
    farewell: Buffer.from('bye'),
    openLink: bench.open,
    clock,
    // The longest delay that the jitter can choose.
    random: () => 1,
    onBytes: (chunk) => log.push(Buffer.from(chunk).toString()),
    onQuiet: () => log.push('quiet'),
    onClosed: () => log.push('closed'),
    onStateChange: (state) => log.push(state),
  });
});
afterEach(() => port[Symbol.asyncDispose]());

describe('SerialPort', () => {
  it('opens, greets and reads', async () => {
    const device = bench.plug(PATH);
    port.start();
    await clock.advance(0);
    device.send('abc');
    expect(log).toEqual(['open', 'abc']);
    expect(device).toMatchObject({ baud: 4800, written: ['hello'] });
    expect([port.state, port.receivedBytes, port.reopenCount, port.lastError]).toEqual(['open', 3, 0, undefined]);
  });

  it('waits for a port that is missing, ever longer, up to 10 s [S3]', async () => {
    port.start();
    await clock.advance(0);
    expect([port.state, port.lastError]).toEqual(['lost', expect.stringContaining('there is no such path')]);
    const tried: number[] = [];
    for (let second = 0; second < 60; second += 0.5) {
      const before = bench.attempts.length;
      await clock.advance(500);
      if (bench.attempts.length > before) tried.push(second + 0.5);
    }
    expect(tried).toEqual([0.5, 1.5, 3.5, 7.5, 15.5, 25.5, 35.5, 45.5, 55.5]);
    expect(log).toEqual(['lost']);
    bench.plug(PATH);
    await clock.advance(10_000);
    expect(port.state).toBe('open');
  });

  it('comes back after every unplug, and starts over with short delays [S3]', async () => {
    for (let round = 0; round < 5; round++) {
      const device = bench.plug(PATH);
      port.start();
      await clock.advance(500);
      device.send(`round ${round}`);
      await clock.advance(1000);
      bench.unplug(PATH);
      await clock.advance(0);
      expect([port.state, port.lastError]).toEqual([
        'lost',
        expect.stringContaining(`port.failed: Reading ${PATH}: bad file descriptor`),
      ]);
    }
    expect(port.reopenCount).toBe(4);
    expect(log.filter((entry) => entry.startsWith('round'))).toHaveLength(5);
    expect(log.slice(-4)).toEqual(['open', 'round 4', 'closed', 'lost']);
  });

  it('backs off from a port that opens and fails before it says a word', async () => {
    port.start();
    for (let round = 0; round < 6; round++) {
      bench.plug(PATH);
      await clock.advance(10_000);
      bench.unplug(PATH);
      await clock.advance(0);
    }
    const before = bench.attempts.length;
    await clock.advance(9_000);
    expect(bench.attempts.length).toBe(before);
  });

  it('backs off from a port that fails as soon as it has said something', async () => {
    port.start();
    for (let round = 0; round < 100; round++) {
      const device = bench.plug(PATH);
      await clock.advance(100);
      device.send('V1013\r');
      bench.unplug(PATH);
      await clock.advance(100);
    }
    // Twenty seconds, in which it was there half of the time.
    expect(bench.attempts.length).toBeLessThan(10);
  });

  it('says that a device is silent, greets it again, and hears it when it speaks [S3]', async () => {
    const device = bench.plug(PATH);
    port.start();
    await clock.advance(0);
    device.send('a');
    await clock.advance(9_900);
    expect(port.state).toBe('open');
    await clock.advance(1_000);
    expect(port.state).toBe('silent');
    expect(device.written).toEqual(['hello', 'hello']);
    device.send('b');
    expect(log).toEqual(['open', 'a', 'quiet', 'silent', 'open', 'b']);
  });

  it('notices a device that went away without a word from the system, and finds its successor', async () => {
    bench.plug(PATH);
    port.start();
    await clock.advance(0);
    bench.unplug(PATH, { isNoticed: false });
    const successor = bench.plug(PATH);
    await clock.advance(2_500);
    successor.send('here');
    expect(log).toEqual(['open', 'quiet', 'closed', 'lost', 'open', 'here']);
  });

  it('tells of a pause only when a second has passed without a byte', async () => {
    const device = bench.plug(PATH);
    port.start();
    await clock.advance(400);
    device.send('a');
    await clock.advance(1_000);
    expect(log).not.toContain('quiet');
    await clock.advance(500);
    expect(log).toEqual(['open', 'a', 'quiet']);
    await clock.advance(3_000);
    expect(log).toEqual(['open', 'a', 'quiet']);
  });

  it('leaves bytes with the system while held, over a reopening too, and takes no pause for silence', async () => {
    const device = bench.plug(PATH);
    port.start();
    await clock.advance(0);
    port.hold(true);
    device.send('a');
    await clock.advance(60_000);
    expect(log).toEqual(['open']);
    bench.unplug(PATH);
    await clock.advance(0);
    const successor = bench.plug(PATH);
    await clock.advance(500);
    successor.send('b');
    expect(successor.waitingBytes).toBe(1);
    port.hold(false);
    expect(log).toEqual(['open', 'closed', 'lost', 'open', 'b']);
  });

  it('takes leave when it is closed, in whatever state, and may be closed twice [P1]', async () => {
    const device = bench.plug(PATH);
    port.start();
    await clock.advance(0);
    await port[Symbol.asyncDispose]();
    await port[Symbol.asyncDispose]();
    expect(device).toMatchObject({ isOpen: false, written: ['hello', 'bye'] });
    expect(log).toEqual(['open', 'closed']);
    expect(clock.timerCount).toBe(0);
  });

  it('stops waiting for a missing port when it is closed', async () => {
    port.start();
    await clock.advance(0);
    await port[Symbol.asyncDispose]();
    expect(clock.timerCount).toBe(0);
  });
});
