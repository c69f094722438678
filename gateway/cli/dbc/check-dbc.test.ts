import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CheckDbcOptions, checkDbcFiles } from './check-dbc.ts';

const TRUCK = `BU_: Engine
BO_ 2364540158 EEC1: 8 Engine
 SG_ EngineSpeed : 24|16@1+ (0.125,0) [0|8031.875] "rpm" Dash
 SG_ Mode : 3|4@0- (1,-2) [0|0] "" Dash
BO_ 100 Pages: 2 Engine
 SG_ Page M : 0|4@1+ (1,0) [0|0] "" Dash
 SG_ Lamp m0 : 8|1@1+ (1,0) [0|1] "" Dash
 SG_ Torque m1 : 8|8@1+ (0.5,10) [0|0] "Nm" Dash
BA_DEF_ "ProtocolType" STRING ;
BA_DEF_ BO_ "GenMsgCycleTime" INT 0 65535;
BA_DEF_ SG_ "SPN" INT 0 524287;
BA_ "ProtocolType" "J1939";
BA_ "GenMsgCycleTime" BO_ 2364540158 20;
BA_ "SPN" SG_ 2364540158 EngineSpeed 190;
CM_ SG_ 2364540158 EngineSpeed "Of the crankshaft.";
VAL_ 100 Lamp 0 "off" 1 "on" ;
`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waystation-dbc-'));
  await writeFile(join(folder, 'truck.dbc'), TRUCK);
  await writeFile(join(folder, 'odd.dbc'), 'BO_ 2048 Odd: 1 X\n SG_ Value : 0|64@1+ (1,0) [0|0] "" X\n');
  await writeFile(join(folder, 'no.dbc'), 'version: 1\n');
});
afterAll(() => rm(folder, { recursive: true }));

async function check(names: readonly string[], options: CheckDbcOptions = {}) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const files = names.map((name) => join(folder, name));
  const failure = await checkDbcFiles(files, options, { stdout, stderr }).catch((error: Error) => error);
  const textOf = (stream: PassThrough) => String(stream.read() ?? '').replaceAll(`${folder}/`, '');
  return { out: textOf(stdout), err: textOf(stderr), failure };
}

describe('checkDbcFiles', () => {
  it('draws each message, and tells its signals, their labels and what selects them', async () => {
    expect(await check(['truck.dbc'])).toEqual({
      failure: undefined,
      err: '',
      out: `truck.dbc: 2 messages, 5 signals, 0 warnings

EEC1: 0x0CF004FE extended, PGN 61444 (0xF004), source 254, priority 3, 8 bytes, every 20 ms, from Engine
      7 6 5 4 3 2 1 0
   0  . . . . b b b b
   1  . . . . . . . .
   2  . . . . . . . .
   3  a a a a a a a a
   4  a a a a a a a a
   5  . . . . . . . .
   6  . . . . . . . .
   7  . . . . . . . .
   a  EngineSpeed  24|16  Intel     unsigned  x * 0.125  0 to 8031.875 rpm  SPN 190
        “Of the crankshaft.”
   b  Mode         3|4    Motorola  signed    x - 2

Pages: 0x064 standard, 2 bytes, from Engine
      7 6 5 4 3 2 1 0
   0  . . . . a a a a
   1  c c c c c c c *
   a  Page    0|4  Intel  unsigned  x
   b  Lamp    8|1  Intel  unsigned  x             0 to 1
        0 "off", 1 "on"
   c  Torque  8|8  Intel  unsigned  x * 0.5 + 10  Nm
   Page = 0: Lamp
   Page = 1: Torque
`,
    });
  });

  it('lists every warning with its place and what was done, and ends well', async () => {
    const { out, err, failure } = await check(['odd.dbc']);
    expect(out.split('\n').slice(0, 3)).toEqual([
      'odd.dbc: 1 message, 1 signal, 2 warnings',
      'odd.dbc:1:5: the identifier has more than 11 bits but not bit 31: taken for an extended one ("2048")',
      'odd.dbc:2:6: the signal reaches beyond the end of its message: read from frames that are long enough ("Value")',
    ]);
    expect([err, failure]).toEqual(['2 warnings; all files can be used as they are\n', undefined]);
  });

  it('fails on a warning with --strict', async () => {
    expect((await check(['odd.dbc'], { strict: true })).failure).toMatchObject({ code: 'dbc.doubtful', exitCode: 1 });
    expect((await check(['truck.dbc'], { strict: true })).failure).toBeUndefined();
  });

  it('fails when a file is no DBC, after all have been looked at', async () => {
    const { out, err, failure } = await check(['no.dbc', 'none.dbc', 'truck.dbc']);
    expect(failure).toMatchObject({ code: 'dbc.noDbc', exitCode: 1, message: expect.stringContaining('2 of 3') });
    expect(err).toContain('error: Reading the DBC file no.dbc:1:1: there is no statement of a DBC in it');
    expect(err).toContain('error: Reading the DBC file none.dbc: ENOENT');
    expect(out).toContain('truck.dbc: 2 messages');
  });

  it('prints the same as JSON', async () => {
    const { out } = await check(['odd.dbc', 'truck.dbc'], { json: true });
    const [odd, truck] = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(odd.warnings[0]).toEqual({
      ...{ reason: 'id-without-extended-bit', line: 1, column: 5, found: '2048' },
      done: 'the identifier has more than 11 bits but not bit 31: taken for an extended one',
    });
    expect(truck.messages[0]).toMatchObject({ name: 'EEC1', pgn: 61_444, sourceAddress: 254, cycleTimeMs: 20 });
    expect(truck.messages[0].signals[0]).toMatchObject({ name: 'EngineSpeed', spn: 190, attributes: { SPN: 190 } });
    expect(truck.messages[1].signals[1]).toMatchObject({
      labels: { 0: 'off', 1: 'on' },
      selector: { multiplexor: 'Page', ranges: [[0, 0]] },
    });
  });

  it('escapes control characters of the file, which could write over the terminal', async () => {
    const text = 'BO_ 1 Odd: 1 X\n SG_ Value : 0|8@1+ (1,0) [0|0] "\u001b[2J" X\nCM_ BO_ 1 "one\u009b5m\ntwo";\n';
    await writeFile(join(folder, 'escape.dbc'), text);
    const { out } = await check(['escape.dbc']);
    expect(out).toContain('\\u001b[2J');
    expect(out).toContain('“one\\u009b5m”\n  “two”');
  });
});
