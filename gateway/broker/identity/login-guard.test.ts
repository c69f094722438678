import { describe, expect, it } from 'vitest';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import {
  FREE_MISTAKES,
  type LoginAttempt,
  LoginGuard,
  MAX_ADDRESSES,
  MAX_DELAY_MS,
  MAX_GUESSES_PER_ADDRESS,
  MAX_GUESSES_PER_USER,
  USER_REFILL_MS,
} from './login-guard.ts';

/** `owner` has a password that a person chose, `sensor` a token. */
function openGuard() {
  const clock = new FakeClock();
  const passwords = new Map([
    ['owner', 'right'],
    ['neighbour', 'right'],
    ['sensor', 'token'],
  ]);
  const guard = new LoginGuard(
    {
      isLogin: (username, password) => passwords.get(username) === password.toString(),
      isUnguessable: (username) => username === 'sensor',
    },
    clock,
  );
  const judge = (attempt: Partial<Omit<LoginAttempt, 'password'>> & { readonly password?: string } = {}) => {
    const { password = 'right', ...rest } = attempt;
    const defaults = { address: HOME, clientId: 'owner-1', username: 'owner' };
    return guard.judge({ ...defaults, ...rest, password: Buffer.from(password) });
  };
  /** Another password each time. @returns outcomes */
  const attack = (count: number, attempt: Partial<Omit<LoginAttempt, 'password'>> = {}) =>
    Array.from({ length: count }, (_, index) =>
      judge({ address: AWAY, clientId: 'x', ...attempt, password: `guess ${index}` }),
    );
  return { clock, judge, attack };
}

const HOME = '192.0.2.1';
const AWAY = '198.51.100.7';
const RIGHT = { outcome: 'right' };
const HELD_UP = { outcome: 'heldUp', delayMs: MAX_DELAY_MS };

describe('who guesses', () => {
  it('is answered more and more slowly, then not looked at any more, right or wrong', () => {
    const { attack, judge } = openGuard();
    const delays = attack(MAX_GUESSES_PER_USER).map((judged) => ('delayMs' in judged ? judged.delayMs : undefined));
    expect(delays).toEqual([...Array.from({ length: FREE_MISTAKES }, () => 0), 100, 200, 400, 800, 1600]);
    expect([
      judge({ address: AWAY, clientId: 'x', password: 'wrong' }),
      judge({ address: AWAY, clientId: 'x' }),
    ]).toEqual([HELD_UP, HELD_UP]);
  });

  it('gets one more try for each time of waiting, and all of them after a long one', async () => {
    const { clock, attack, judge } = openGuard();
    attack(MAX_GUESSES_PER_USER);
    await clock.advance(USER_REFILL_MS - 1);
    expect(judge({ address: AWAY, clientId: 'x', password: 'again' }).outcome).toBe('heldUp');
    await clock.advance(1);
    expect(judge({ address: AWAY, clientId: 'x', password: 'again' }).outcome).toBe('wrong');
    expect(judge({ address: AWAY, clientId: 'x', password: 'and again' }).outcome).toBe('heldUp');
    await clock.advance(USER_REFILL_MS * MAX_GUESSES_PER_USER);
    expect(attack(MAX_GUESSES_PER_USER).map(({ outcome }) => outcome)).not.toContain('heldUp');
  });

  it('for many users is bounded by the address', () => {
    const { judge } = openGuard();
    const outcomes = Array.from({ length: 1000 }, (_, index) =>
      judge({ address: AWAY, username: `user ${index}`, password: 'summer' }),
    );
    expect(outcomes.filter(({ outcome }) => outcome === 'wrong')).toHaveLength(MAX_GUESSES_PER_ADDRESS);
  });

  it('is one with all addresses of an IPv6 network', () => {
    const { judge } = openGuard();
    const outcomes = Array.from({ length: 100 }, (_, index) =>
      judge({ address: `2001:db8:0:1::${index.toString(16)}`, clientId: 'x', password: `guess ${index}` }),
    );
    expect(outcomes.filter(({ outcome }) => outcome === 'wrong')).toHaveLength(MAX_GUESSES_PER_USER);
    expect(judge({ address: '2001:db8:0:2::1' })).toEqual(RIGHT);
  });

  it('learns nothing of who exists: a user that is not there is answered alike', () => {
    const { attack } = openGuard();
    expect(attack(20, { username: 'nobody', address: '203.0.113.1' })).toEqual(attack(20, { address: '203.0.113.2' }));
  });
});

describe('the owner gets in', () => {
  it('from elsewhere at once, however many guess the same user from however many addresses', () => {
    const { attack, judge } = openGuard();
    for (let host = 0; host < 50; host++) attack(MAX_GUESSES_PER_USER * 2, { address: `203.0.113.${host}` });
    expect(judge()).toEqual(RIGHT);
    // What they did shows in the answer to a mistake of the owner, and nowhere else.
    expect(judge({ address: '192.0.2.99', password: 'slip' })).toEqual({ outcome: 'wrong', delayMs: 1600 });
    expect(judge({ address: '192.0.2.99' })).toEqual(RIGHT);
  });

  it('with a token that the gateway drew from the very address of the attack, whatever it tries', () => {
    const { attack, judge } = openGuard();
    attack(MAX_GUESSES_PER_ADDRESS * 2, { username: 'sensor' });
    expect(judge({ address: AWAY, username: 'sensor', password: 'token' })).toEqual(RIGHT);
  });

  it('behind the address of the attack under the client id that logged in there before, and only under that', () => {
    const { attack, judge } = openGuard();
    expect(judge({ address: AWAY })).toEqual(RIGHT);
    attack(MAX_GUESSES_PER_ADDRESS * 2);
    expect(judge({ address: AWAY })).toEqual(RIGHT);
    expect(judge({ address: AWAY, clientId: 'another' })).toEqual(HELD_UP);
    // A known client is no way round the limit.
    const tries = attack(100, { clientId: 'owner-1' });
    expect(tries.filter(({ outcome }) => outcome === 'wrong')).toHaveLength(MAX_GUESSES_PER_USER);
  });

  it('beside a neighbour behind the same address who is attacked', () => {
    const { attack, judge } = openGuard();
    attack(MAX_GUESSES_PER_USER, { username: 'neighbour' });
    expect(judge({ address: AWAY, username: 'neighbour' })).toEqual(HELD_UP);
    expect(judge({ address: AWAY })).toEqual(RIGHT);
  });

  it('beside a device that tries its old password for ever: the same one again is no guess', () => {
    const { judge } = openGuard();
    for (let count = 0; count < 1000; count++) {
      expect(judge({ clientId: 'forgotten', password: 'old' })).toEqual({ outcome: 'wrong', delayMs: 0 });
    }
    expect(judge()).toEqual(RIGHT);
  });

  it('with 200 others at once after a power cut: no right login counts or waits', () => {
    const { judge } = openGuard();
    for (let count = 0; count < 200; count++) expect(judge({ clientId: `device ${count}` })).toEqual(RIGHT);
  });
});

it('remembers a bounded number of addresses, the last ones [P3]', () => {
  const { attack, judge } = openGuard();
  for (let host = 0; host < MAX_ADDRESSES + 5; host++)
    attack(MAX_GUESSES_PER_USER, { address: `10.0.${host >> 8}.${host & 255}` });
  expect(judge({ address: '10.0.0.0', clientId: 'x' })).toEqual(RIGHT);
  expect(judge({ address: '10.0.0.200', clientId: 'x' })).toEqual(HELD_UP);
});
