import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CanFrame } from '#devices/can/can-frame.ts';
import { encodeDiagnosticMessage, encodeDtc } from '#devices/can/j1939/diagnostic-message.ts';
import { encodeJ1939Id } from '#devices/can/j1939/j1939-id.ts';
import { segmentTransfer } from '#devices/can/j1939/segment-transfer.ts';
import { encodeVin } from '#devices/can/j1939/vehicle-identification.ts';
import { decodeJ1939Log } from './decode-j1939.ts';
import { j1939Csv, j1939Json } from './format-j1939.ts';

const DBC = `VERSION ""
BO_ 2364540158 EEC1: 8 Vector__XXX
 SG_ EngineTorqueMode : 0|4@1+ (1,0) [0|15] "" Vector__XXX
 SG_ EngineSpeed : 24|16@1+ (0.125,0) [0|8031.875] "rpm" Vector__XXX
BA_DEF_ SG_ "SPN" INT 0 524287;
BA_DEF_DEF_ "SPN" 0;
BA_ "SPN" SG_ 2364540158 EngineSpeed 190;
VAL_ 2364540158 EngineTorqueMode 1 "Low, idle" 15 "Not available" ;
`;

const VIN = '1XPWD49X1ED215307';

/** Frames as `candump -l` writes them, ten milliseconds apart. */
function log(frames: readonly Pick<CanFrame, 'id' | 'data'>[], channels: readonly string[] = ['can0']): string {
  const lines = frames.map(({ id, data }, index) => {
    const time = `(1700000000.${String(index * 10_000).padStart(6, '0')})`;
    const digits = id.toString(16).toUpperCase().padStart(8, '0');
    return `${time} ${channels[index % channels.length]} ${digits}#${Buffer.from(data).toString('hex')}\n`;
  });
  return lines.join('');
}

function frame(pgn: number, source: number, hex: string, destination = 255) {
  return { id: encodeJ1939Id({ priority: 6, pgn, source, destination }), data: Buffer.from(hex, 'hex') };
}

const transfer = (pgn: number, data: Uint8Array, destination = 255) =>
  segmentTransfer({ priority: 7, pgn, source: 0, destination, data });

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'decode-j1939-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function decode(input: string, dbc?: string, format = j1939Json) {
  const dbcFiles = dbc === undefined ? [] : [join(folder, 'truck.dbc')];
  for (const path of dbcFiles) await writeFile(path, dbc ?? '');
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  async function* openInput() {
    yield Buffer.from(input);
  }
  const done = decodeJ1939Log({ file: 'truck.log', openInput, dbcFiles, format, stdout, stderr });
  const [output] = await Promise.all([
    text(stdout),
    done.finally(() => {
      stdout.end();
      stderr.end();
    }),
  ]);
  return { output, complaints: await text(stderr) };
}

async function records(input: string, dbc?: string): Promise<readonly Record<string, unknown>[]> {
  const { output } = await decode(input, dbc);
  return output
    .trimEnd()
    .split('\n')
    .map((line): Record<string, unknown> => JSON.parse(line));
}

describe('without a DBC', () => {
  it('prints every frame with its parameter group and addresses', async () => {
    expect(await records(log([frame(61444, 0, 'f17d7d2d2e00ffff'), frame(59904, 0xf9, 'ecfe00', 0)]))).toEqual([
      {
        time: 1_700_000_000,
        channel: 'can0',
        id: 0x18f00400,
        ext: true,
        data: 'f17d7d2d2e00ffff',
        pgn: 61444,
        sa: 0,
        da: 255,
        priority: 6,
      },
      {
        time: 1_700_000_000.01,
        channel: 'can0',
        id: 0x18ea00f9,
        ext: true,
        data: 'ecfe00',
        pgn: 59904,
        sa: 0xf9,
        da: 0,
        priority: 6,
      },
    ]);
  });

  it('marks what was put together of a transfer, after its frames, and reads a VIN', async () => {
    const lines = await records(log(transfer(65260, encodeVin(VIN))));
    expect(lines.map(({ pgn }) => pgn)).toEqual([60416, 60160, 60160, 60160, 65260]);
    expect(lines[4]).toMatchObject({ id: 0x1cfeec00, transport: 'bam', sa: 0, da: 255, vin: VIN });
    expect(lines[3]).not.toHaveProperty('transport');
  });

  it('reads trouble codes, and does not guess an SPN', async () => {
    const dtcs = [{ bits: encodeDtc({ spn: 110, fmi: 3, occurrenceCount: 2 }) }, { bits: 0x8103006e }];
    const lines = await records(log(transfer(65226, encodeDiagnosticMessage({ amberWarning: 'on' }, dtcs), 3)));
    expect(lines.find(({ pgn }) => pgn === 65226)).toMatchObject({
      transport: 'rtsCts',
      da: 3,
      lamps: { amberWarning: 'on' },
      dtcs: [
        { spn: 110, fmi: 3, occurrenceCount: 2 },
        { fmi: 3, occurrenceCount: 1, conversionMethod: 1, bytes: '6e000381' },
      ],
    });
  });

  it('reads who claims an address', async () => {
    expect((await records(log([frame(60928, 0x17, 'debc5a9a9da5dcbb')])))[0]).toMatchObject({
      node: { name: 'BBDCA59D9A5ABCDE', manufacturerCode: 1234, arbitraryAddressCapable: true },
    });
  });
});

describe('with a DBC', () => {
  it('decodes a parameter group from any source, with SPNs, and leaves out what is absent', async () => {
    const lines = await records(
      log([frame(61444, 0x21, 'f17d7d2d2e00ffff'), frame(61444, 0, 'ffffffffffffffff'), frame(61444, 0, 'f1ff')]),
      DBC,
    );
    expect(lines).toMatchObject([
      {
        name: 'EEC1',
        sa: 0x21,
        signals: {
          EngineTorqueMode: { raw: 1, phys: 1, label: 'Low, idle' },
          EngineSpeed: { raw: 11821, phys: 1477.625 },
        },
      },
      { spns: {} },
      { short: true },
    ]);
    expect(lines[0]).toHaveProperty('spns', { 190: 1477.625 });
    expect(lines[1]).toHaveProperty('signals', {});
  });

  it('counts what no file knows, but prints what needs none', async () => {
    const { output, complaints } = await decode(
      log([frame(65000, 0, '00'), ...transfer(65260, encodeVin(VIN)), frame(0xef00, 0, '00', 9)]),
      DBC,
    );
    expect(output.trimEnd().split('\n')).toHaveLength(1);
    expect(complaints).toBe('truck.log: messages that no DBC file knows: 2\n');
  });

  it('prints a line a signal as CSV', async () => {
    const { output } = await decode(
      log([frame(61444, 0, 'f17d7d2d2e00ffff'), frame(65226, 0, '04ff6e000301ffff')]),
      DBC,
      j1939Csv,
    );
    expect(output.split('\r\n')).toEqual([
      'time,channel,pgn,sa,da,transport,data,message,signal,spn,raw,value,unit,label,dtcs,vin',
      '1700000000,can0,61444,0,255,frame,f17d7d2d2e00ffff,EEC1,EngineTorqueMode,,1,1,,"Low, idle",,',
      '1700000000,can0,61444,0,255,frame,f17d7d2d2e00ffff,EEC1,EngineSpeed,190,11821,1477.625,rpm,,,',
      '1700000000.01,can0,65226,0,255,frame,04ff6e000301ffff,,,,,,,,110/3,',
      '',
    ]);
  });
});

it('keeps buses of one log apart', async () => {
  const twice = transfer(65260, encodeVin(VIN)).flatMap((part) => [part, part]);
  const lines = await records(log(twice, ['can0', 'can1']));
  expect(lines.filter(({ transport }) => transport === 'bam')).toHaveLength(2);
});

it('sums up what was not understood, and what is none of J1939', async () => {
  const frames = transfer(65260, encodeVin(VIN)).toSpliced(1, 1);
  const { complaints } = await decode(`${log(frames)}(1700000001.000000) can0 123#00\nnoise\n`);
  expect(complaints).toContain('truck.log: lines rejected: not-a-record 1\n');
  expect(complaints).toContain('truck.log: not understood: sequence-gap 1, packet-without-transfer 1\n');
  expect(complaints).toContain('truck.log: frames that are none of J1939: 1\n');
});
