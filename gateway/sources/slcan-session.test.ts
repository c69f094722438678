import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeSlcanCommand, type SlcanCommand } from '#devices/can/slcan/slcan-command.ts';
import type { SlcanAnswer } from '#devices/can/slcan/slcan-item.ts';
import {
  FIRST_REOPEN_MS,
  MAX_PROFILE_CHANGES,
  MAX_REOPEN_MS,
  MAX_UNANSWERED_POLLS,
  POLL_INTERVAL_MS,
  PROFILE_CHANGES_MS,
  RETRY_POLL_MS,
  type SessionSettings,
  SlcanSession,
} from './slcan-session.ts';

const SETTINGS: SessionSettings = { bitrate: 500_000, listenOnly: true, baud: 115_200 };
const LAWICEL: SlcanAnswer = { kind: 'version', text: '1013' };
const CANABLE: SlcanAnswer = { kind: 'text', text: 'b158aa7 github.com/normaldotcom/canable2-fw.git' };

const spell = (commands: readonly SlcanCommand[]) =>
  commands.map((command) => Buffer.from(encodeSlcanCommand(command)).toString('latin1')).join('');

/** A session with its time. */
function start(settings: Partial<SessionSettings> = {}) {
  const session = new SlcanSession({ ...SETTINGS, ...settings }, 0);
  let nowMs = 0;
  let counts = { frameCount: 0, receivedBytes: 0 };
  return {
    session,
    opening: spell(session.open()),
    answer: (answer: SlcanAnswer) => spell(session.step(nowMs, { kind: 'answer', answer }).commands),
    /** Half seconds pass, with so many frames and bytes in each. */
    pass(ms: number, frames = 0, bytes = 22 * frames) {
      let text = '';
      for (const endMs = nowMs + ms; nowMs < endMs; ) {
        nowMs += 500;
        counts = { frameCount: counts.frameCount + frames, receivedBytes: counts.receivedBytes + bytes };
        text += spell(session.step(nowMs, { kind: 'tick', ...counts }).commands);
      }
      return text;
    },
  };
}

describe('SlcanSession', () => {
  it('opens the bus at once, and asks what the adapter is without waiting for an answer', () => {
    expect(start().opening).toBe('\r\r\rC\rV\rN\rS6\rL\r');
  });

  it('gives timestamps to an adapter of Lawicel’s kind, when it has said so', () => {
    const { answer, session } = start();
    expect(answer(LAWICEL)).toBe('C\rS6\rZ1\rL\r');
    expect(answer({ kind: 'serial', text: 'A123' })).toBe('');
    expect(session.status()).toMatchObject({ profile: 'lawicel', isCertain: true, version: '1013', serial: 'A123' });
    expect(answer(LAWICEL)).toBe('');
  });

  it('takes the newer firmware of a CANable 2 for what it understands', () => {
    const { answer } = start();
    expect(answer({ kind: 'version', text: 'L2K0 7d1c github.com/Nakakiyo092/canable2-fw.git' })).toBe(
      'C\rS6\rZ1\rL\r',
    );
  });

  it('opens a CANable in silent mode, when it has said so [S4]', () => {
    const { opening, answer } = start();
    expect(opening).not.toContain('O');
    expect(answer(CANABLE)).toBe('C\rS6\rM1\rO\r');
  });

  it.each<[string, SlcanAnswer]>([
    ['words of another firmware for the same board', { kind: 'text', text: '+Board: CANable 2.0 MCU: STM32G431' }],
    ['a question that comes back', { kind: 'text', text: 'is this a canable' }],
    ['a version of another form', { kind: 'version', text: '1.2' }],
    ['a serial number', { kind: 'serial', text: 'canable' }],
  ])('stays on the safe side with %s [S4]', (_, said) => {
    const { answer, session } = start();
    expect(answer(said)).toBe('');
    expect(session.status()).toMatchObject({ profile: 'unknown', isCertain: false });
  });

  it.each<[string, Partial<SessionSettings>, string]>([
    ['one that nobody knows', {}, 'S6\rL\r'],
    ['one that was a CANable the last time: another may have taken its place', { remembered: 'canable' }, 'S6\rL\r'],
    ['one that was of Lawicel’s kind the last time', { remembered: 'lawicel' }, 'S6\rZ1\rL\r'],
    ['what is configured as a CANable', { configured: 'canable' }, 'S6\rM1\rO\r'],
    ['one that may join the bus', { listenOnly: false, bitrate: 250_000 }, 'S5\rO\r'],
    ['a CANable that may join the bus', { listenOnly: false, remembered: 'canable' }, 'S6\rM0\rO\r'],
  ])('opens %s', (_, settings, end) => {
    expect(start(settings).opening).toBe(`\r\r\rC\rV\rN\r${end}`);
  });

  it('believes the adapter rather than the configuration', () => {
    const { answer } = start({ configured: 'canable' });
    expect(answer(LAWICEL)).toBe('C\rS6\rZ1\rL\r');
  });

  it('never joins the bus when it may only listen, whatever an adapter says, unless that is a CANable in silent mode [S4]', () => {
    const text = fc.stringMatching(/^[ -~]{0,40}$/);
    const answers = fc.oneof(
      fc.record({ kind: fc.constantFrom('version' as const, 'serial' as const, 'text' as const), text }),
      fc.constantFrom<SlcanAnswer>(LAWICEL, CANABLE, { kind: 'ok' }, { kind: 'error' }, { kind: 'status', flags: 255 }),
    );
    const inputs = fc.array(fc.tuple(answers, fc.integer({ min: 0, max: 60_000 })), { maxLength: 8 });
    fc.assert(
      fc.property(inputs, fc.constantFrom(undefined, 'lawicel', 'canable', 'unknown'), (given, remembered) => {
        const { opening, answer, pass } = start(remembered === undefined ? {} : { remembered });
        const said = opening + given.map(([input, ms]) => answer(input) + pass(ms)).join('');
        // `O` comes behind `M1` alone, and that behind the answer of a CANable.
        expect(said.replaceAll('C\rS6\rM1\rO\r', '')).not.toContain('O');
        if (!given.some(([input]) => input.kind === 'text' && /canable/i.test(input.text)))
          expect(said).not.toContain('O');
        expect(said).not.toMatch(/[tTrRdDbB]/);
      }),
    );
  });

  it('believes an adapter no more that is now of one kind and now of another: it stays on the safe side then [S4]', () => {
    const { answer, pass, session } = start();
    let said = '';
    for (let round = 0; round < 1000; round++) {
      said += answer(round % 2 === 0 ? LAWICEL : CANABLE);
      if (round % 100 === 0) said += pass(500, 1);
    }
    expect(said.match(/C\r/g)).toHaveLength(1 + MAX_PROFILE_CHANGES);
    expect(said.replaceAll('F\r', '')).toMatch(/C\r(?:V\rN\r)?S6\rL\r$/);
    expect(session.status()).toMatchObject({ profile: 'unknown', isCertain: false });
    pass(PROFILE_CHANGES_MS, 1);
    expect(answer(CANABLE)).toBe('C\rS6\rM1\rO\r');
  });

  it('tells what an adapter says no more often than once a second, and the last of it in any case', () => {
    const session = new SlcanSession(SETTINGS, 0);
    let newsCount = 0;
    for (let nowMs = 1; nowMs <= 10_000; nowMs++) {
      const version: SlcanAnswer = { kind: 'version', text: `no adapter has this ${nowMs}` };
      const flags: SlcanAnswer = { kind: 'status', flags: nowMs % 2 === 0 ? 4 : 0x20 };
      for (const answer of [LAWICEL, version, flags])
        if (session.step(nowMs, { kind: 'answer', answer }).isNews) newsCount++;
    }
    expect(newsCount).toBe(10);
    const tick = { kind: 'tick', frameCount: 1, receivedBytes: 9 } as const;
    expect([11_001, 12_001].map((nowMs) => session.step(nowMs, tick).isNews)).toEqual([true, false]);
  });

  it('asks for flags once a second, where there are any, and tells what they say', () => {
    const { answer, pass, session } = start({ remembered: 'lawicel' });
    expect(session.busState).toBe('unknown');
    for (const flags of [0x00, 0x09, 0x04, 0x24, 0x80]) {
      expect(pass(1000, 10)).toBe('F\r');
      answer({ kind: 'status', flags });
    }
    expect(session.status()).toMatchObject({ receiveQueueFullCount: 1, dataOverrunCount: 1, busErrorCount: 1 });
    expect(session.busState).toBe('active');
  });

  it.each([
    [0x00, 'active'],
    [0x04, 'warning'],
    [0x24, 'passive'],
  ])('reads the flags %i as a bus that is %s [Lawicel CANUSB 1.3, F]', (flags, state) => {
    const { answer, session } = start();
    answer({ kind: 'status', flags });
    expect(session.busState).toBe(state);
  });

  it('gives up asking for flags that never come, and says that the state is not known', () => {
    const { pass, session } = start({ remembered: 'lawicel' });
    expect(pass(20_000, 10)).toBe('F\r'.repeat(MAX_UNANSWERED_POLLS));
    expect(session.busState).toBe('unknown');
  });

  it.each(['lawicel', 'canable'] as const)(
    'asks an adapter again that is another one than configured (%s) when its bus falls silent [S4]',
    (configured) => {
      const { answer, pass } = start({ configured });
      answer(configured === 'lawicel' ? CANABLE : LAWICEL);
      expect(pass(FIRST_REOPEN_MS - 500)).not.toContain('C');
      expect(pass(500)).toBe('C\rV\rN\rS6\rZ1\rL\r');
      if (configured === 'canable') return;
      expect(answer(CANABLE)).toBe('C\rS6\rM1\rO\r');
    },
  );

  it('asks again for flags after an adapter had stalled: an overrun later on is not missed', () => {
    const { answer, pass, session } = start({ remembered: 'lawicel' });
    answer({ kind: 'status', flags: 0 });
    pass(20_000, 10);
    expect(session.busState).toBe('unknown');
    expect(pass(RETRY_POLL_MS, 10)).toBe('F\r');
    answer({ kind: 'status', flags: 0x08 });
    expect(session.busState).toBe('active');
    expect(session.status()).toMatchObject({ dataOverrunCount: 1 });
    expect(pass(POLL_INTERVAL_MS, 10)).toBe('F\r');
  });

  it('does not ask a CANable for flags, which it does not know', () => {
    const { answer, pass } = start();
    answer(CANABLE);
    expect(pass(5_000, 10)).toBe('');
  });

  it('opens a bus anew that has fallen silent, less often each time, until a frame comes', () => {
    const { answer, pass, session } = start();
    answer(CANABLE);
    const again = 'C\rV\rN\rS6\rL\r';
    expect(pass(1000, 10)).toBe('');
    expect(pass(FIRST_REOPEN_MS - 500)).toBe('');
    expect(pass(500)).toBe(again);
    expect(pass(2 * FIRST_REOPEN_MS)).toBe(again);
    expect(pass(4 * FIRST_REOPEN_MS)).toBe(again);
    expect(pass(10 * MAX_REOPEN_MS)).toBe(again.repeat(10));
    expect(session.status()).toMatchObject({ busReopenCount: 13 });
    pass(500, 1);
    expect(pass(FIRST_REOPEN_MS)).toBe(again);
  });

  it('does not open another adapter behind the same port as the CANable that was there [S4]', () => {
    const { answer, pass, session } = start();
    answer(CANABLE);
    expect(pass(FIRST_REOPEN_MS)).toBe('C\rV\rN\rS6\rL\r');
    expect(answer(CANABLE)).toBe('C\rS6\rM1\rO\r');
    expect(answer({ kind: 'version', text: '2' })).toBe('C\rV\rN\rS6\rL\r');
    expect(session.status()).toMatchObject({ profile: 'unknown', isCertain: false });
    expect(answer(LAWICEL)).toBe('C\rS6\rZ1\rL\r');
  });

  it('tells nobody of words that nobody asked for', () => {
    const { session } = start();
    session.step(0, { kind: 'answer', answer: CANABLE });
    const step = session.step(0, { kind: 'answer', answer: { kind: 'text', text: 'x#y' } });
    expect(step).toEqual({ commands: [], isNews: false });
    expect(session.status()).toMatchObject({ profile: 'canable', isCertain: true });
  });

  it('asks an adapter that has not said what it is again with each opening', () => {
    const { pass, session } = start();
    expect(pass(FIRST_REOPEN_MS, 0, 3)).toBe('C\rV\rN\rS6\rL\r');
    expect(session.status()).toMatchObject({ isCertain: false, advice: expect.stringContaining('adapter: canable') });
  });

  it('looks for the fault at the serial line where no byte came', () => {
    const { pass, session } = start();
    pass(FIRST_REOPEN_MS);
    expect(session.status()).toMatchObject({ advice: expect.stringContaining('baud') });
  });

  it('finds the line full, and that it no longer is', () => {
    const { pass, session } = start({ remembered: 'canable' });
    pass(5_000, 100);
    expect(session.status()).toMatchObject({ lineLoadPercent: 38, isSaturated: false });
    pass(2_000, 262);
    expect(session.status()).toMatchObject({ lineLoadPercent: 100, isSaturated: false });
    pass(2_000, 262);
    expect(session.status()).toMatchObject({
      lineLoadPercent: 100,
      isSaturated: true,
      advice: expect.stringContaining('baud'),
    });
    pass(1_000, 200);
    expect(session.status()).toMatchObject({ isSaturated: false });
  });

  it('does not take the rate of a USB adapter for a limit', () => {
    const { pass, session } = start();
    pass(5_000, 4_000);
    expect(session.status()).toMatchObject({ isSaturated: false });
    expect(session.status()).not.toHaveProperty('lineLoadPercent');
    expect(session.status()).not.toHaveProperty('advice');
  });

  it('counts the commands that were refused', () => {
    const { answer, session } = start();
    answer({ kind: 'error' });
    expect(session.status()).toMatchObject({ refusedCommandCount: 1 });
  });
});
