import { describe, expect, it } from 'vitest';
import { WaystationError } from '#gateway/model/errors.ts';
import type { Done, EventRecord, Message, QoS, StreamId } from '#gateway/model/message.ts';
import { parseStreamId } from '#gateway/model/names.ts';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { MAX_UNAWAITED, openAdmission } from './admission.ts';
import { MAX_ROUTED_TOPICS, StreamRouter, type StreamRule } from './stream-router.ts';

const START_MS = Date.UTC(2026, 10, 20, 12);

function streamId(text: string): StreamId {
  const id = parseStreamId(text);
  if (id === undefined) throw new Error(`not a stream id: ${text}`);
  return id;
}

const RULES: readonly StreamRule[] = [
  { id: streamId('alerts'), topics: ['alerts/#'] },
  { id: streamId('telemetry'), topics: ['devices/#', 'sensors/+/pressure'] },
  { id: streamId('rest'), topics: ['devices/gps0/#', 'misc/#'] },
];

/** A journal that keeps what was appended and answers when the test says so. */
function fakeJournal() {
  const appended: { readonly stream: StreamId; readonly record: EventRecord; readonly done: Done }[] = [];
  const stream = (id: StreamId) => ({
    append(record: EventRecord, done: Done): number {
      return appended.push({ stream: id, record, done });
    },
  });
  return { appended, stream };
}

function message(topic: string, qos: QoS = 1): Message {
  return { topic, payload: Buffer.from('{}'), qos, isRetained: false, isDuplicate: false, clientId: 'tyre-monitor' };
}

function open(asset?: string) {
  const journal = fakeJournal();
  const clock = new FakeClock(START_MS);
  const admission = openAdmission({
    streams: RULES,
    journal,
    stamp: () => ({
      ...{ wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() },
      ...{ clockRun: '00112233aabbccdd', quality: 'system' as const },
    }),
    ...(asset === undefined ? {} : { asset }),
  });
  const answers: (WaystationError | undefined)[] = [];
  return { admission, journal, clock, answers, done: (error?: WaystationError) => void answers.push(error) };
}

describe('openAdmission', () => {
  it('answers a message of no stream at once and keeps nothing', () => {
    const { admission, journal, answers, done } = open();
    admission.admit(message('chat/hello'), done);
    expect(answers).toEqual([undefined]);
    expect(journal.appended).toEqual([]);
  });

  it('answers QoS 1 only after the journal did [B1]', () => {
    const { admission, journal, answers, done } = open();
    admission.admit(message('alerts/impact'), done);
    expect(answers).toEqual([]);
    journal.appended[0]?.done();
    expect(answers).toEqual([undefined]);
  });

  it('appends QoS 0 of a journaled topic without waiting, and tells nobody when the journal is full [J7]', () => {
    const { admission, journal, answers, done } = open();
    admission.admit(message('devices/gps0/position', 0), done);
    expect(answers).toEqual([undefined]);
    journal.appended[0]?.done(new WaystationError('journal.full', 'quota reached'));
    expect(answers).toEqual([undefined]);
    expect(journal.appended).toHaveLength(1);
  });

  it('reads a flood of QoS 0 no faster than the disk takes it [P3]', () => {
    const { admission, journal } = open();
    let answeredCount = 0;
    for (let count = 0; count < MAX_UNAWAITED + 5; count++) {
      admission.admit(message('devices/gps0/position', 0), () => answeredCount++);
    }
    expect(answeredCount).toBe(MAX_UNAWAITED);
    for (const { done } of journal.appended.splice(0)) done();
    expect(answeredCount).toBe(MAX_UNAWAITED + 5);
    admission.admit(message('devices/gps0/position', 0), () => answeredCount++);
    expect(answeredCount).toBe(MAX_UNAWAITED + 6);
  });

  it('says at once where a message will be kept, whatever its QoS, and that one of no stream is kept nowhere', () => {
    const { admission, done } = open();
    const places = ([0, 1, 2] as const).map((qos) => admission.admit(message('alerts/a', qos), done));
    expect(places).toEqual([1, 2, 3].map((sequence) => ({ stream: 'alerts', sequence })));
    expect(admission.admit(message('chat/hello', 2), done)).toBeUndefined();
  });

  it('keeps QoS 2 and the packet id in the record, and waits for the journal as with QoS 1', () => {
    const { admission, journal, answers, done } = open();
    admission.admit({ ...message('alerts/a', 2), packetId: 7 }, done);
    expect(journal.appended[0]?.record).toMatchObject({ qos: 2, packetId: 7 });
    expect(answers).toEqual([]);
  });

  it('passes on what the journal refuses [J7]', () => {
    const { admission, journal, answers, done } = open();
    const full = new WaystationError('journal.full', 'quota reached');
    admission.admit(message('alerts/impact'), done);
    journal.appended[0]?.done(full);
    expect(answers).toEqual([full]);
  });

  it('stamps with both clocks, the clock run and the asset, and changes nothing else', async () => {
    const { admission, journal, clock, done } = open('WDB9634031L123456');
    await clock.advance(1500);
    const sent = message('alerts/impact');
    admission.admit(sent, done);
    expect(journal.appended[0]?.record).toEqual({
      ...sent,
      asset: 'WDB9634031L123456',
      stamp: { wallMs: START_MS + 1500, monotonicMs: 1500, clockRun: '00112233aabbccdd', quality: 'system' },
    });
  });

  it('appends in the order of the calls, whatever the QoS [B2]', () => {
    const { admission, journal, done } = open();
    const topics = ['alerts/a', 'devices/b', 'alerts/c', 'misc/d'];
    for (const [index, topic] of topics.entries()) admission.admit(message(topic, index % 2 === 0 ? 1 : 0), done);
    expect(journal.appended.map(({ record }) => record.topic)).toEqual(topics);
  });
});

describe('StreamRouter', () => {
  it.each([
    ['alerts/impact', 'alerts'],
    ['alerts', 'alerts'],
    ['devices/gps0/position', 'telemetry'],
    ['sensors/t1/pressure', 'telemetry'],
    ['sensors/t1/temperature', undefined],
    ['misc/x', 'rest'],
    ['$SYS/heartbeat', undefined],
  ])('puts %s into %s: the first stream that matches', (topic, stream) => {
    const router = new StreamRouter(RULES);
    expect([router.streamOf(topic), router.streamOf(topic)]).toEqual([stream, stream]);
  });

  it('remembers a bounded number of topics [P3]', () => {
    const router = new StreamRouter(RULES);
    for (let index = 0; index <= MAX_ROUTED_TOPICS; index++) router.streamOf(`misc/${index}`);
    expect(router.routedCount).toBe(1);
    expect(router.streamOf('misc/0')).toBe('rest');
  });
});
