import { describe, expect, it } from 'vitest';
import { CONFIGURABLE_MESSAGES, configurationRequests } from '#devices/ubx/configuration-request.ts';
import { encodeUbxFrame } from '#devices/ubx/ubx-frame.ts';
import { decodeUbxMessage } from '#devices/ubx/ubx-message.ts';
import { ReceiverCommands } from './receiver-commands.ts';
import { initialSettings, type ReceiverSettings } from './receiver-settings.ts';
import { DEFAULT_RECEIVER } from './receiver-spec.ts';
import { readFrames } from './testing/read-frames.ts';

const SETTINGS = initialSettings({ ...DEFAULT_RECEIVER, protocol: 'mixed' });
const CFG = 0x06;
const VALSET = 0x8a;

function command(messageId: number, bytes: readonly number[], messageClass = CFG): Uint8Array {
  return encodeUbxFrame({ messageClass, messageId, payload: new DataView(Uint8Array.from(bytes).buffer) });
}

/** Little endian. */
function word(value: number, sizeBytes: number): readonly number[] {
  return Array.from({ length: sizeBytes }, (_, index) => Math.floor(value / 256 ** index) & 0xff);
}

function valset(...values: readonly (readonly [key: number, value: number, sizeBytes: number])[]): Uint8Array {
  const pairs = values.flatMap(([key, value, sizeBytes]) => [...word(key, 4), ...word(value, sizeBytes)]);
  return command(VALSET, [0, 1, 0, 0, ...pairs]);
}

function obey(bytes: Uint8Array, before: ReceiverSettings = SETTINGS) {
  let settings = before;
  const answers: unknown[] = [];
  for (const obeyed of new ReceiverCommands(before).push(bytes)) {
    settings = obeyed.settings ?? settings;
    const [frame] = readFrames(obeyed.answer);
    const message = frame === undefined ? undefined : decodeUbxMessage(frame);
    answers.push(message?.isDecoded ? message.value : frame);
  }
  return { answers, settings };
}

const ack = (messageId: number) => ({ type: 'ACK-ACK', messageClass: CFG, messageId });
const nak = (messageId: number) => ({ type: 'ACK-NAK', messageClass: CFG, messageId });

describe('ReceiverCommands', () => {
  it('sets rate, speed and messages by one VALSET, and acknowledges it', () => {
    const { answers, settings } = obey(
      valset(
        [0x30210001, 200, 2],
        [0x40520001, 115_200, 4],
        [0x209100ac, 0, 1],
        [0x209100d9, 1, 1],
        [0x20910061, 1, 1],
      ),
    );
    expect(answers).toEqual([ack(VALSET)]);
    expect(settings).toMatchObject({ intervalMs: 200, baud: 115_200 });
    expect(settings.sentences).toEqual(['GGA', 'VTG', 'GSA', 'GSV', 'ZDA']);
    expect(settings.messages).toContain('NAV-TIMELS');
  });

  it.each([
    ['a key that it does not know', valset([0x30210001, 200, 2], [0x10110011, 1, 1])],
    ['a rate beyond its own', valset([0x30210001, 10, 2])],
    ['a speed that it cannot do', valset([0x40520001, 12_345, 4])],
    ['a value that is cut', command(VALSET, [0, 1, 0, 0, ...word(0x40520001, 4), 0])],
    ['no header', command(VALSET, [0])],
    ['a key without a size', valset([0x00000001, 0, 1])],
  ])('refuses %s, and then changes nothing', (_, bytes) => {
    const { answers, settings } = obey(bytes);
    expect(answers).toEqual([nak(VALSET)]);
    expect(settings).toEqual(SETTINGS);
  });

  it('obeys the commands of older receivers: CFG-RATE, CFG-MSG, CFG-PRT', () => {
    const rate = obey(command(0x08, [...word(250, 2), ...word(1, 2), ...word(1, 2)]));
    expect(rate).toMatchObject({ answers: [ack(0x08)], settings: { intervalMs: 250 } });
    const off = obey(command(0x01, [0xf0, 0x04, 0]));
    expect(off.settings.sentences).not.toContain('RMC');
    const on = obey(command(0x01, [0x0a, 0x09, 0, 1, 0, 0, 0, 0]));
    expect(on.settings.messages).toContain('MON-HW');
    const port = obey(command(0x00, [1, 0, 0, 0, ...word(0x8d0, 4), ...word(9600, 4), ...new Array(8).fill(0)]));
    expect(port.settings.baud).toBe(9600);
  });

  it('refuses other configuration, passes over what is none, and says what it is', () => {
    expect(obey(command(0x3e, [0])).answers).toEqual([nak(0x3e)]);
    expect(obey(command(0x07, [], 0x01)).answers).toEqual([]);
    expect(obey(command(0x04, [], 0x0a)).answers).toEqual([expect.objectContaining({ type: 'MON-VER' })]);
  });

  it.each(['keys', 'messages'] as const)('understands every request of the gateway, in %s', (dialect) => {
    const rates = Object.fromEntries(CONFIGURABLE_MESSAGES.map((name) => [name, 1]));
    for (const port of ['uart1', 'usb'] as const) {
      const requests = configurationRequests({ rateHz: 5, messages: rates, port }, dialect);
      const silent = { ...SETTINGS, sentences: [], messages: [] };
      const { answers, settings } = obey(Buffer.concat(requests.map(({ frame }) => frame)), silent);
      expect(answers.map((answer) => (answer as { type: string }).type)).toEqual(requests.map(() => 'ACK-ACK'));
      expect(settings.intervalMs).toBe(200);
      expect([...settings.sentences, ...settings.messages].toSorted()).toEqual(CONFIGURABLE_MESSAGES.toSorted());
    }
  });

  it('tells its rate when it is polled', () => {
    const { answers } = obey(command(0x08, []));
    expect(answers).toHaveLength(2);
    expect(answers[1]).toEqual(ack(0x08));
  });

  it('finds commands in any chunks and behind noise, and forgets what is none', () => {
    const bytes = Buffer.concat([
      Buffer.from('$PMTK,\xb5\xb5b', 'latin1'),
      valset([0x30210001, 500, 2]),
      command(0x08, [1]),
    ]);
    const commands = new ReceiverCommands(SETTINGS);
    const answers = [...bytes].flatMap((byte) => commands.push(Uint8Array.of(byte)));
    expect(answers.map(({ settings }) => settings?.intervalMs)).toEqual([500, undefined]);
  });
});
