import { expect, it } from 'vitest';
import { Session } from '#gateway/broker/sessions/session.ts';
import { DEFAULT_LIMITS } from '#gateway/model/broker-limits.ts';
import type { Message, StreamId } from '#gateway/model/message.ts';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { DIGEST_INTERVAL_MS, MARK_RECORDS, MAX_KEPT_WILL_BYTES, MapRecorder } from './map-recorder.ts';
import { decodeMark, decodeSession } from './state-codec.ts';
import { stateKeys } from './state-keys.ts';
import { MemoryMap } from './testing/memory-map.ts';

// A slug.
const TELEMETRY = 'telemetry' as StreamId;
const MESSAGE: Message = {
  ...{ topic: 'telemetry/a', payload: Buffer.from('x'), qos: 2, isRetained: false, isDuplicate: false },
  clientId: 'anna',
};

function open() {
  const map = new MemoryMap();
  const clock = new FakeClock();
  const stream = { id: TELEMETRY, epoch: '0123456789abcdef', syncedSequence: 10 } as never as {
    syncedSequence: number;
  };
  const recorder = new MapRecorder({ map, clock, streams: [stream as never] });
  recorder.restored(new Map([[TELEMETRY, 10]]), 1);
  const session = new Session({ clientId: 'anna', username: undefined, isPersistent: true }, DEFAULT_LIMITS);
  recorder.sessionStarted(session);
  const mark = () => {
    recorder.settle(() => undefined);
    const value = map.values.get(stateKeys.mark(TELEMETRY));
    const decoded = value && decodeMark(value);
    return typeof decoded === 'object' ? decoded.sequence : undefined;
  };
  const place = (sequence: number) => ({ stream: TELEMETRY, sequence });
  return { map, clock, stream, recorder, session, mark, place };
}

it('moves a mark behind what is fanned out without a gap, and never beyond what is synced', () => {
  const { recorder, stream, mark, place } = open();
  for (const sequence of [11, 12, 13]) recorder.begun(place(sequence));
  recorder.fannedOut(place(11));
  recorder.fannedOut(place(13));
  expect(mark()).toBeUndefined();
  stream.syncedSequence = 13;
  expect(mark()).toBe(11);
  recorder.fannedOut(place(12));
  expect(mark()).toBe(13);
});

it('writes nothing of what was queued and acknowledged in between, and what was only queued after a while', async () => {
  const { recorder, session, map, clock, place } = open();
  const add = (sequence: number) =>
    session.outgoing.add({ message: MESSAGE, place: place(sequence), qos: 1, isRetained: false, queuedMs: 0 });
  const [gone, left] = [add(11), add(12)];
  if (gone === undefined || left === undefined) throw new Error('the queue is full');
  recorder.queued(session, gone);
  recorder.queued(session, left);
  recorder.dequeued(session, gone);
  await clock.advance(DIGEST_INTERVAL_MS);
  expect([...map.values.keys()].filter((key) => key.startsWith('q/'))).toEqual([stateKeys.outgoing(1, left.number)]);
});

it('remembers what was completed and released beyond the mark until the mark has passed it', () => {
  const { recorder, session, map, stream, mark, place } = open();
  recorder.begun(place(11));
  recorder.begun(place(12));
  const entry = session.outgoing.add({ message: MESSAGE, place: place(12), qos: 2, isRetained: false, queuedMs: 0 });
  if (entry === undefined) throw new Error('the queue is full');
  session.outgoing.take();
  recorder.queued(session, entry);
  recorder.received(session, 7, place(12));
  recorder.fannedOut(place(12));
  recorder.dequeued(session, entry);
  recorder.completed(session, 7);
  const keys = [stateKeys.completed(1, TELEMETRY, 12), stateKeys.released(1, TELEMETRY, 12)];
  stream.syncedSequence = 12;
  expect(mark()).toBeUndefined();
  expect(keys.map((key) => map.values.has(key))).toEqual([true, true]);
  recorder.fannedOut(place(11));
  expect(mark()).toBe(12);
  expect(keys.map((key) => map.values.has(key))).toEqual([false, false]);
});

it('tells sessions when sequences are given again, and moves the marks after so many records', () => {
  const { recorder, map, stream, place, session } = open();
  const began = () => {
    const decoded = decodeSession(map.values.get(stateKeys.session(1)) ?? Buffer.alloc(0));
    return typeof decoded === 'object' ? decoded.since[0]?.sequence : undefined;
  };
  expect(began()).toBe(10);
  recorder.begun(place(9));
  expect(began()).toBe(8);
  recorder.fannedOut(place(9));
  recorder.sessionEnded(session);
  expect([...map.values.keys()].filter((key) => key.startsWith('s/'))).toEqual([]);
  stream.syncedSequence = 2 * MARK_RECORDS;
  for (let sequence = 10; sequence < 10 + MARK_RECORDS; sequence++) {
    recorder.begun(place(sequence));
    recorder.fannedOut(place(sequence));
  }
  expect(map.values.has(stateKeys.mark(TELEMETRY))).toBe(true);
});

it('writes down how long a client has been away, and that it is back', () => {
  const { map, recorder, session } = open();
  const awayMs = () => {
    const decoded = decodeSession(map.values.get(stateKeys.session(1)) ?? Buffer.alloc(0));
    return typeof decoded === 'object' ? decoded.awayMs : decoded;
  };
  recorder.away(session, 5000);
  expect(awayMs()).toBe(5000);
  recorder.away(session, 0);
  expect(awayMs()).toBe(0);
});

it('keeps wills up to their bound, each under a number of its own, until they have ended', () => {
  const { recorder, map } = open();
  const wills = [MAX_KEPT_WILL_BYTES - 1, MAX_KEPT_WILL_BYTES, 1, 1].map((sizeBytes) => ({
    username: undefined,
    message: { ...MESSAGE, topic: 'w', payload: Buffer.alloc(sizeBytes) },
  }));
  const numbers = wills.map((will) => recorder.willLeft(will));
  expect(numbers).toEqual([1, undefined, 2, 3]);
  recorder.willEnded(2);
  expect([...map.values.keys()].filter((key) => key.startsWith('w/'))).toEqual([stateKeys.will(1), stateKeys.will(3)]);
});
