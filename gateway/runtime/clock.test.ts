import { describe, expect, it } from 'vitest';
import { type Clock, systemClock, wait } from './clock.ts';
import { FakeClock } from './fake-clock.ts';

/** What both clocks must do; `pass` lets the given time go by. */
function itKeepsTheContract(name: string, open: () => { clock: Clock; pass: (durationMs: number) => Promise<void> }) {
  describe(name, () => {
    it('fires a timer once, and not when it was cancelled', async () => {
      const { clock, pass } = open();
      const fired: string[] = [];
      clock.schedule(5, () => fired.push('kept'));
      clock.schedule(5, () => fired.push('cancelled'))();
      await pass(40);
      expect(fired).toEqual(['kept']);
    });

    it('moves monotonic time forward', async () => {
      const { clock, pass } = open();
      const startMs = clock.monotonicMs();
      await pass(20);
      expect(clock.monotonicMs() - startMs).toBeGreaterThanOrEqual(19);
    });

    it('a wait ends when its signal aborts', async () => {
      const { clock } = open();
      const controller = new AbortController();
      const waiting = wait(clock, 60_000, controller.signal);
      controller.abort();
      await waiting;
      await wait(clock, 60_000, controller.signal);
    });
  });
}

itKeepsTheContract('systemClock', () => ({
  clock: systemClock,
  pass: (durationMs) => new Promise((resolve) => setTimeout(resolve, durationMs)),
}));

itKeepsTheContract('FakeClock', () => {
  const clock = new FakeClock();
  return { clock, pass: (durationMs) => clock.advance(durationMs) };
});

describe('FakeClock', () => {
  it('fires timers in the order of their time, those set by a timer too', async () => {
    const clock = new FakeClock(0);
    const fired: [string, number][] = [];
    const note = (name: string) => fired.push([name, clock.monotonicMs()]);
    clock.schedule(20, () => note('late'));
    clock.schedule(10, () => {
      note('early');
      clock.schedule(5, () => note('nested'));
    });
    await clock.advance(30);
    expect(fired).toEqual([
      ['early', 10],
      ['nested', 15],
      ['late', 20],
    ]);
    expect([clock.wallMs(), clock.timerCount]).toEqual([30, 0]);
  });

  it('a step of the wall clock leaves monotonic time alone [S5]', () => {
    const clock = new FakeClock();
    clock.stepWall(0);
    expect([clock.wallMs(), clock.monotonicMs()]).toEqual([0, 0]);
  });
});
