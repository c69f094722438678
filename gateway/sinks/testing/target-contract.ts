import { describe, expect, it } from 'vitest';
import { WaystationError } from '#gateway/model/errors.ts';
import type { Packet, Target } from '#gateway/sinks/delivery/target.ts';
import { tombstoneOf } from '#gateway/sinks/delivery/with-losses.ts';
import { checkAlarms, type RefusingSubject } from './check-alarms.ts';
import { sampleEvent } from './sample-record.ts';

/** Nobody listens there. */
export const CLOSED_PORT = 1;

/** A remote that is there, and its target made anew for each call. */
export interface ContractSubject<P extends Packet> extends RefusingSubject<P> {
  /** The same target, for a port where nobody listens. */
  readonly openUnreachable: () => Target<P>;
}

/** What the delivery loop relies on, whatever the target: see `delivery/target.ts`. */
export function describeTarget<P extends Packet>(what: string, openSubject: () => Promise<ContractSubject<P>>): void {
  describe(`${what} as a target`, () => {
    it.each([
      [
        'a reading',
        { topic: 'devices/gps0/position', payload: Buffer.from('{"type":"gnss.position","data":{"hdop":1}}') },
      ],
      ['an opaque payload', {}],
      ['bytes', { payload: new Uint8Array([0, 255, 128]) }],
      ['nothing', { payload: new Uint8Array() }],
    ])('prepares %s alike on every attempt and after every restart [D2]', async (_, fields) => {
      await using subject = await openSubject();
      const packet = subject.open().prepare(sampleEvent(fields));
      expect(subject.open().prepare(sampleEvent(fields))).toEqual(packet);
      expect(packet.sizeBytes).toBeGreaterThan(0);
    });

    it('takes a batch as large as it grants, and answers', async () => {
      await using subject = await openSubject();
      const target = subject.open();
      await using connection = await target.connect(new AbortController().signal);
      const { maxEventsPerSend, maxInFlightSends, maxPacketBytes } = connection.grant;
      expect(Math.min(maxEventsPerSend, maxInFlightSends, maxPacketBytes)).toBeGreaterThan(0);
      const batch = Array.from({ length: Math.min(maxEventsPerSend, 100) }, () => target.prepare(sampleEvent()));
      expect(await connection.send(batch, new AbortController().signal)).toMatchObject({ kind: 'accepted' });
    });

    it('takes what is told in the place of an event that it refused [D6 D9]', async () => {
      await using subject = await openSubject();
      const target = subject.open();
      await using connection = await target.connect(new AbortController().signal);
      const event = sampleEvent();
      const tombstone = target.prepare({ ...event, stored: tombstoneOf(event.stored), isReplayed: true });
      expect(await connection.send([tombstone], new AbortController().signal)).toMatchObject({ kind: 'accepted' });
    });

    it('ends promptly although a send is under way', async () => {
      await using subject = await openSubject();
      const target = subject.open();
      const connection = await target.connect(new AbortController().signal);
      const sending = new AbortController();
      // Whether it is answered, and how, is nobody's concern any more.
      connection.send([target.prepare(sampleEvent())], sending.signal).catch(() => undefined);
      sending.abort();
      await connection[Symbol.asyncDispose]();
      expect(await connection.closed).toBeInstanceOf(WaystationError);
    });

    it('ends promptly, twice without harm, and says that it has', async () => {
      await using subject = await openSubject();
      const connection = await subject.open().connect(new AbortController().signal);
      await connection[Symbol.asyncDispose]();
      await connection[Symbol.asyncDispose]();
      expect(await connection.closed).toBeInstanceOf(WaystationError);
    });

    it('gives an attempt up when the signal aborts', async () => {
      await using subject = await openSubject();
      await expect(subject.open().connect(AbortSignal.abort())).rejects.toBeInstanceOf(WaystationError);
    });

    it('that needs a person raises one alarm, however often it is tried, and one when it is over [D6]', () =>
      checkAlarms(openSubject));

    it('that nobody answers for is tried again', async () => {
      await using subject = await openSubject();
      const attempt = subject.openUnreachable().connect(new AbortController().signal);
      await expect(attempt).rejects.toMatchObject({ name: 'WaystationError', isRetryable: true });
    });
  });
}
