import { describe, expect, it } from 'vitest';
import { NO_RECORDER } from '#gateway/broker/durable/state-recorder.ts';
import { DEFAULT_LIMITS } from '#gateway/model/broker-limits.ts';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { MemoryLogger } from '#gateway/runtime/memory-logger.ts';
import { MS_PER_DAY } from './list-sessions.ts';
import type { Session, SessionHolder } from './session.ts';
import { EXPIRY_REVIEW_MS, SessionExpiry } from './session-expiry.ts';
import { Sessions } from './sessions.ts';

const TYRE = { clientId: 'tyre', username: 'workshop', isPersistent: true };

function open(sessionExpiryDays = 30) {
  const limits = { ...DEFAULT_LIMITS, sessionExpiryDays };
  const clock = new FakeClock();
  const logger = new MemoryLogger();
  const written = new Map<string, number>();
  const recorder = { ...NO_RECORDER, away: (session: Session, ms: number) => void written.set(session.clientId, ms) };
  const sessions = new Sessions({ limits, recorder, clock });
  const expiry = new SessionExpiry({ sessions, recorder, limits, clock, logger });
  return { clock, logger, written, sessions, expiry };
}

const MS_PER_MINUTE = 60_000;
const HOLDER: SessionHolder = { close: () => {} };

describe('a session whose client is away', () => {
  it('ends after so many days, with a word to the log, and not while its client is there', async () => {
    const { clock, logger, sessions, expiry } = open();
    const claim = sessions.claim(TYRE, HOLDER);
    if (!claim.isGranted) throw new Error('refused');
    await clock.advance(31 * MS_PER_DAY);
    expect(sessions.count).toBe(1);
    sessions.release(claim.session, HOLDER);
    await clock.advance(30 * MS_PER_DAY - EXPIRY_REVIEW_MS);
    expect(sessions.count).toBe(1);
    await clock.advance(2 * EXPIRY_REVIEW_MS);
    expect([sessions.count, expiry.expiredCount]).toEqual([0, 1]);
    expect(logger.warnings).toMatchObject([{ fields: { client: 'tyre', user: 'workshop', queuedCount: 0 } }]);
    expect(logger.warnings[0]?.text).toContain('broker.limits.sessionExpiryDays');
  });

  it('is counted by the time in which the process ran: no date that jumps ends it', async () => {
    const { clock, sessions } = open();
    sessions.restore(TYRE, []);
    clock.stepWall(Date.UTC(2099, 0, 1));
    clock.sleep(400 * MS_PER_DAY);
    await clock.advance(2 * EXPIRY_REVIEW_MS);
    expect(sessions.count).toBe(1);
  });

  it('goes on counting where the process before it had come to, once everybody had time to be back', async () => {
    const { clock, sessions } = open();
    sessions.restore(TYRE, [], 29.9 * MS_PER_DAY);
    sessions.restore({ ...TYRE, clientId: 'back' }, [], 31 * MS_PER_DAY);
    await clock.advance(EXPIRY_REVIEW_MS - 1);
    expect(sessions.count).toBe(2);
    expect(sessions.claim({ ...TYRE, clientId: 'back' }, HOLDER).isGranted).toBe(true);
    await clock.advance(MS_PER_DAY);
    expect([...sessions].map(({ clientId }) => clientId)).toEqual(['back']);
  });

  it('has the time written down at every look and at the end, and none once its client is back', async () => {
    const { clock, sessions, written, expiry } = open();
    sessions.restore(TYRE, [], MS_PER_DAY);
    await clock.advance(16 * MS_PER_MINUTE + EXPIRY_REVIEW_MS + 1000);
    expect(written.get('tyre')).toBe(MS_PER_DAY + 16 * MS_PER_MINUTE + EXPIRY_REVIEW_MS);
    expiry[Symbol.dispose]();
    expect(written.get('tyre')).toBe(MS_PER_DAY + 16 * MS_PER_MINUTE + EXPIRY_REVIEW_MS + 1000);
    sessions.claim(TYRE, HOLDER);
    expect(written.get('tyre')).toBe(0);
  });

  it('loses no more than half of its time to a power cut, where the power stays for minutes only', async () => {
    for (const ranMinutes of [2, 3, 7, 10, 14]) {
      const { clock, sessions, written } = open();
      sessions.restore(TYRE, [], 0);
      await clock.advance(ranMinutes * MS_PER_MINUTE);
      expect(written.get('tyre')).toBeGreaterThanOrEqual((ranMinutes * MS_PER_MINUTE) / 2);
    }
  });

  it('stays for ever with 0', async () => {
    const { clock, sessions } = open(0);
    sessions.restore(TYRE, [], 1000 * MS_PER_DAY);
    await clock.advance(MS_PER_DAY);
    expect(sessions.count).toBe(1);
  });
});
