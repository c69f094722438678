import { describe, expect, it } from 'vitest';
import { encodeNmeaSentence } from '#devices/nmea0183/nmea-sentence.ts';
import { encodeUbxFrame } from '#devices/ubx/ubx-frame.ts';
import { encodeUbxMessage } from '#devices/ubx/ubx-message.ts';
import { MAX_MESSAGE_KINDS, ReceiverCensus } from './receiver-census.ts';

const line = (talker: string, type: string) =>
  Buffer.from(`${encodeNmeaSentence({ talker, type, fields: ['1'] })}\r\n`);
const frame = (messageClass: number, messageId: number) =>
  encodeUbxFrame({ messageClass, messageId, payload: new DataView(Uint8Array.of(1, 2, 3).buffer) });

describe('ReceiverCensus', () => {
  it('counts whole messages of both protocols by name, understood or not', () => {
    const census = new ReceiverCensus();
    const version = { softwareVersion: 'ROM CORE 3.01', hardwareVersion: '00080000', extensions: ['PROTVER=18.00'] };
    census.push(
      Buffer.concat([
        ...[
          line('GP', 'RMC'),
          line('GN', 'RMC'),
          line('GP', 'RMC'),
          line('P', 'UBX'),
          Buffer.from('$GPRMC,1*00\r\n$GPGLL,1\r\n$noise,1\r\n'),
        ],
        ...[encodeUbxMessage({ type: 'MON-VER', ...version }), frame(0x02, 0x15), Uint8Array.of(0xb5, 0x62, 1, 2, 3)],
      ]),
    );
    expect(Object.fromEntries(census.counts)).toEqual({
      GPRMC: 2,
      GNRMC: 1,
      GPGLL: 1,
      PUBX: 1,
      'UBX-MON-VER': 1,
      'UBX-02-15': 1,
    });
    expect(census.protocols).toEqual({ nmea0183: 4, ubx: 2, rtcm3: 0 });
    expect(census.version).toEqual(['ROM CORE 3.01', '00080000', 'PROTVER=18.00']);
  });

  it('keeps a bounded number of names [P3]', () => {
    const census = new ReceiverCensus();
    for (let id = 0; id < 200; id++) census.push(frame(0x02, id));
    expect(census.counts.size).toBe(MAX_MESSAGE_KINDS + 1);
    expect(census.counts.get('others')).toBe(200 - MAX_MESSAGE_KINDS);
    expect(census.protocols.ubx).toBe(200);
  });
});
