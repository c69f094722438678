import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { segmentIsoTp } from '#devices/obd/segment-iso-tp.ts';
import { decodeObd } from './decode-obd.ts';
import { MAX_LOG_BUSES } from './log-buses.ts';

async function textOf(stream: PassThrough): Promise<string> {
  stream.end();
  return Buffer.concat(await Array.fromAsync(stream)).toString();
}

async function decode(log: string, options: { readonly csv?: true; readonly elm327?: true } = {}) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  async function* chunks() {
    for (const byte of Buffer.from(log)) yield Uint8Array.of(byte);
  }
  await decodeObd({ file: 'trip.log', chunks: chunks(), options, stdout, stderr });
  return { out: await textOf(stdout), err: await textOf(stderr) };
}

/** Lines of candump -l for one message, a millisecond apart. */
function logged(id: string, hex: string, second = 1): string {
  const frames = segmentIsoTp(Buffer.from(hex, 'hex'), { padding: 0 });
  const line = (data: Uint8Array, index: number) =>
    `(165000000${second}.00${index}000) can0 ${id}#${Buffer.from(data).toString('hex').toUpperCase()}\n`;
  return frames.map(line).join('');
}

describe('waystation decode obd', () => {
  it('follows so many buses of a log, and counts the frames of more', async () => {
    const buses = Array.from({ length: MAX_LOG_BUSES + 3 }, (_, index) =>
      logged('7E8', '410d32').replace('can0', `can${index}`),
    );
    const { out, err } = await decode(buses.join(''));
    expect(out.trimEnd().split('\n')).toHaveLength(MAX_LOG_BUSES);
    expect(err).toBe('trip.log: rejected: nothing\ntrip.log: other frames: 3\n');
  });

  it.each([
    [
      'a question',
      logged('7DF', '010c0d'),
      { id: 2015, ext: false, kind: 'request', service: '01', pids: ['0C', '0D'] },
    ],
    [
      'parameters',
      logged('7E8', '410c1af80d32'),
      {
        id: 2024,
        ext: false,
        ecu: '7E8',
        kind: 'values',
        service: '01',
        pids: ['0C', '0D'],
        values: { engineSpeedRpm: 1726, speedKmh: 50 },
      },
    ],
    [
      'states',
      logged('7E8', '415104'),
      {
        id: 2024,
        ext: false,
        ecu: '7E8',
        kind: 'values',
        service: '01',
        pids: ['51'],
        values: { fuelType: 4 },
        labels: { fuelType: 'diesel' },
      },
    ],
    [
      'a parameter that is not in the table',
      logged('7E8', '41c7010203'),
      {
        id: 2024,
        ext: false,
        ecu: '7E8',
        kind: 'values',
        service: '01',
        pids: ['C7'],
        values: {},
        data: { C7: '010203' },
      },
    ],
    [
      'a freeze frame',
      logged('7E8', '4202000301'),
      {
        id: 2024,
        ext: false,
        ecu: '7E8',
        kind: 'values',
        service: '02',
        frame: 0,
        pids: ['02'],
        values: {},
        dtcs: ['P0301'],
      },
    ],
    [
      'trouble codes',
      logged('18DAF110', '4304030144204300c100'),
      {
        id: 0x18daf110,
        ext: true,
        ecu: '10',
        kind: 'dtcs',
        service: '03',
        segmented: true,
        status: 'stored',
        dtcs: ['P0301', 'C0420', 'C0300', 'U0100'],
      },
    ],
    [
      'a VIN',
      logged('7E9', `490201${Buffer.from('WDB9634031L123456').toString('hex')}`),
      {
        id: 2025,
        ext: false,
        ecu: '7E9',
        kind: 'vehicle',
        service: '09',
        segmented: true,
        pids: ['02'],
        vin: 'WDB9634031L123456',
      },
    ],
    [
      'a refusal',
      logged('7E8', '7f0112'),
      {
        id: 2024,
        ext: false,
        ecu: '7E8',
        kind: 'negative',
        service: '01',
        code: '12',
        reason: 'subFunctionNotSupported',
      },
    ],
    [
      'patience that is asked for',
      logged('7E8', '7f0978'),
      {
        id: 2024,
        ext: false,
        ecu: '7E8',
        kind: 'negative',
        service: '09',
        code: '78',
        reason: 'responsePending',
        pending: true,
      },
    ],
  ])('prints %s', async (_, log, expected) => {
    const { out } = await decode(log);
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([{ time: expect.stringMatching(/^2022-04-15T05:20:01\.00\dZ$/), ...expected }]);
  });

  it('sums up what it could not use', async () => {
    const cut = logged('7E8', `490201${'41'.repeat(17)}`)
      .split('\n')
      .slice(0, 2)
      .join('\n');
    const { out, err } = await decode(`${cut}\n(1650000001.500000) can0 123#00\nnoise\n`);
    expect(out).toBe('');
    expect(err.split('\n')).toEqual(['trip.log: rejected: not-a-record 1, timeout 1', 'trip.log: other frames: 1', '']);
  });

  it('prints comma-separated values', async () => {
    const { out } = await decode(
      `${logged('7E8', '410c1af80d32')}${logged('7E8', '4302030101 02'.replace(' ', ''), 2)}`,
      { csv: true },
    );
    expect(out.split('\r\n')).toEqual([
      'time,id,ecu,kind,service,pids,values,dtcs,vin',
      '2022-04-15T05:20:01.000Z,2024,7E8,values,01,0C 0D,engineSpeedRpm=1726 speedKmh=50,,',
      '2022-04-15T05:20:02.000Z,2024,7E8,dtcs,03,,,P0301 P0102,',
      '',
    ]);
  });

  it('reads what an ELM327 printed, with and without headers', async () => {
    const session =
      '>ATZ\r\r\rELM327 v1.5\r\r>010C\rSEARCHING...\r41 0C 1A F8 \r\r>0902\r014 \r0: 49 02 01 57 44 42 \r1: 39 36 33 34 30 33 31 \r2: 4C 31 32 33 34 35 36 \r\r>ATH1\rOK\r\r>010D\r7E8 03 41 0D 32 \r\r>03\rNO DATA\r\r>';
    const { out, err } = await decode(session, { elm327: true });
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { kind: 'values', service: '01', pids: ['0C'], values: { engineSpeedRpm: 1726 } },
      { kind: 'vehicle', service: '09', segmented: true, pids: ['02'], vin: 'WDB9634031L123456' },
      { ecu: '7E8', kind: 'values', service: '01', pids: ['0D'], values: { speedKmh: 50 } },
    ]);
    expect(err).toBe('trip.log: rejected: no-data 1\n');
  });
});
