import { describe, expect, it } from 'vitest';
import type { ReceiverConfiguration } from './configuration-request.ts';
import {
  ANSWER_TIMEOUT_MS,
  beginConfiguration,
  type ConfigurationState,
  MAX_ATTEMPTS,
  stepConfiguration,
} from './configure-receiver.ts';
import type { UbxMessage } from './ubx-message.ts';

const WISH: ReceiverConfiguration = { rateHz: 5, messages: { 'NAV-PVT': 1, GSV: 0 }, port: 'usb' };

/** Plays a conversation: what the receiver says, or how long it says nothing, to what is sent then. */
function converse(wish: ReceiverConfiguration, events: readonly (UbxMessage | number)[]) {
  let nowMs = 1000;
  let [state, frame] = beginConfiguration(nowMs);
  const sent: (string | undefined)[] = [hex(frame)];
  for (const event of events) {
    if (typeof event === 'number') nowMs += event;
    const happened =
      typeof event === 'number' ? ({ type: 'time' } as const) : ({ type: 'message', message: event } as const);
    [state, frame] = stepConfiguration(state, wish, nowMs, happened);
    sent.push(hex(frame));
  }
  return { state, sent };
}

function hex(frame: Uint8Array | undefined): string | undefined {
  // Without sync characters and checksum.
  return frame && Buffer.from(frame.subarray(2, -2)).toString('hex');
}

function version(...extensions: string[]): UbxMessage {
  return { type: 'MON-VER', softwareVersion: 'EXT CORE 1.00', hardwareVersion: '00190000', extensions };
}

const answer = (type: 'ACK-ACK' | 'ACK-NAK', messageId: number): UbxMessage => ({
  type,
  messageClass: 0x06,
  messageId,
});
const END = { phase: 'done', refused: [], requests: [] } satisfies Partial<ConfigurationState>;

const POLL = '0a040000';
/** 200 ms; NAV-PVT and GSV on USB; in memory only. */
const KEY_FRAMES = ['068a0a0000010000010021 30c800', '068a09000001000009009120 01', '068a090000010000c7009120 00'].map(
  (frame) => frame.replace(' ', ''),
);
const OLD_FRAMES = ['06080600c80001000000', '06010300010701', '06010300f00300'];

describe('stepConfiguration', () => {
  it('sets a receiver of generation 9 by key, one after the other', () => {
    const ack = answer('ACK-ACK', 0x8a);
    const { state, sent } = converse(WISH, [version('FWVER=HPG 1.32', 'PROTVER=27.31'), ack, ack, ack]);
    expect(sent).toEqual([POLL, ...KEY_FRAMES, undefined]);
    expect(state).toMatchObject(END);
  });

  it.each<[title: string, extensions: string[]]>([
    ['generation 8', ['ROM BASE 3.01 (107888)', 'PROTVER=18.00']],
    ['generation 7', ['PROTVER 14.00', 'GPS;SBAS']],
    ['before that', []],
  ])('sets a receiver of %s by messages', (_title, extensions) => {
    const { state, sent } = converse(WISH, [
      version(...extensions),
      answer('ACK-ACK', 0x08),
      answer('ACK-ACK', 0x01),
      answer('ACK-ACK', 0x01),
    ]);
    expect(sent).toEqual([POLL, ...OLD_FRAMES, undefined]);
    expect(state).toMatchObject(END);
  });

  it('goes on after a refusal, and says what was refused', () => {
    const ack = answer('ACK-ACK', 0x8a);
    const { state, sent } = converse(WISH, [version('PROTVER=34.00'), ack, answer('ACK-NAK', 0x8a), ack]);
    expect(sent).toEqual([POLL, ...KEY_FRAMES, undefined]);
    expect(state).toMatchObject({ ...END, refused: ['NAV-PVT'] });
  });

  it('sends again what was not answered, and counts anew for each request', () => {
    const ack = answer('ACK-ACK', 0x8a);
    const { state, sent } = converse(WISH, [
      ANSWER_TIMEOUT_MS,
      ANSWER_TIMEOUT_MS,
      version('PROTVER=32.01'),
      ANSWER_TIMEOUT_MS,
      ANSWER_TIMEOUT_MS,
      ...[ack, ack, ack],
    ]);
    expect(sent).toEqual([POLL, POLL, POLL, KEY_FRAMES[0], KEY_FRAMES[0], ...KEY_FRAMES, undefined]);
    expect(state).toMatchObject(END);
  });

  it('waits its time out', () => {
    expect(converse(WISH, [ANSWER_TIMEOUT_MS - 1, 1]).sent).toEqual([POLL, undefined, POLL]);
  });

  it('gives up on a receiver that does not answer, and sends no more', () => {
    const { state, sent } = converse(WISH, Array<number>(MAX_ATTEMPTS + 5).fill(ANSWER_TIMEOUT_MS));
    expect(sent.filter((frame) => frame !== undefined)).toHaveLength(MAX_ATTEMPTS);
    expect(state.phase).toBe('unanswered');
    expect(
      converse(WISH, [...Array<number>(MAX_ATTEMPTS).fill(ANSWER_TIMEOUT_MS), version()]).sent.at(-1),
    ).toBeUndefined();
  });

  it('heeds no answer to what it did not ask', () => {
    const { state, sent } = converse(WISH, [
      answer('ACK-ACK', 0x8a),
      version('PROTVER=27.50'),
      answer('ACK-ACK', 0x08),
      { type: 'ACK-NAK', messageClass: 0x0a, messageId: 0x8a },
      { type: 'NAV-EOE', itowMs: 0 },
      version('PROTVER=27.50'),
    ]);
    expect(sent).toEqual([POLL, undefined, KEY_FRAMES[0], undefined, undefined, undefined, undefined]);
    expect(state.phase).toBe('setting');
  });

  it('has nothing to set where nothing is wished', () => {
    expect(converse({ port: 'uart1' }, [version('PROTVER=27.11')])).toMatchObject({
      state: END,
      sent: [POLL, undefined],
    });
  });
});
