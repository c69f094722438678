import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addDecodeCan, decodeCanLog } from './decode-can.ts';

const DBC = `BO_ 256 Engine: 3 X
 SG_ Speed : 0|16@1+ (0.1,0) [0|0] "km/h" X
 SG_ Gear : 16|8@1- (1,0) [0|0] "" X
BO_ 2147483904 Counter: 8 X
 SG_ Total : 0|64@1+ (1,0) [0|0] "" X
BO_ 257 Float: 4 X
 SG_ Value : 0|32@1- (1,0) [0|0] "" X
VAL_ 256 Gear -1 "reverse" -2 "slow, back" ;
SIG_VALTYPE_ 257 Value : 1;
`;

const OTHER_DBC = `BO_ 256 Shadowed: 1 X
BO_ 512 Other: 1 X
 SG_ Bit : 0|1@1+ (1,0) [0|0] "" X
 SG_ Broken : 1|0@1+ (1,0) [0|0] "" X
`;

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'decode-can-'));
  await writeFile(join(folder, 'engine.dbc'), DBC);
  await writeFile(join(folder, 'other.dbc'), OTHER_DBC);
  await writeFile(join(folder, 'no.dbc'), '\nnothing: of a DBC\n');
});
afterAll(() => rm(folder, { recursive: true }));

async function textOf(stream: PassThrough): Promise<string> {
  stream.end();
  return Buffer.concat(await Array.fromAsync(stream)).toString();
}

async function decode(log: string, ...dbcNames: string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const openInput = () => Readable.from([...Buffer.from(log)].map((byte) => Buffer.of(byte)));
  const dbcFiles = dbcNames.map((name) => join(folder, name));
  await decodeCanLog({ file: 'trip.log', openInput, dbcFiles, stdout, stderr });
  return { out: await textOf(stdout), err: (await textOf(stderr)).replaceAll(folder, '') };
}

async function decodeCsv(log: string, ...dbcNames: string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const openInput = () => Readable.from([Buffer.from(log)]);
  const dbcFiles = dbcNames.map((name) => join(folder, name));
  await decodeCanLog({ file: 'trip.log', openInput, dbcFiles, isCsv: true, stdout, stderr });
  return { out: await textOf(stdout), err: await textOf(stderr) };
}

describe('decodeCanLog', () => {
  it.each([
    [
      'scaled values and labels',
      '100#E803FF',
      '{"id":256,"ext":false,"data":"e803ff","name":"Engine","signals":{"Speed":{"raw":1000,"phys":100},"Gear":{"raw":-1,"phys":-1,"label":"reverse"}}}',
    ],
    [
      'a short frame',
      '100#E803',
      '{"id":256,"ext":false,"data":"e803","name":"Engine","signals":{"Speed":{"raw":1000,"phys":100}},"short":true}',
    ],
    [
      'a long integer, exactly',
      '00000100#FFFFFFFFFFFFFFFF',
      '{"id":256,"ext":true,"data":"ffffffffffffffff","name":"Counter","signals":{"Total":{"raw":18446744073709551615,"phys":18446744073709551615}}}',
    ],
    [
      'what is no number',
      '101#0000C0FF',
      '{"id":257,"ext":false,"data":"0000c0ff","name":"Float","signals":{"Value":{"raw":"nan","phys":"nan"}}}',
    ],
    [
      'minus infinity',
      '101#000080FF',
      '{"id":257,"ext":false,"data":"000080ff","name":"Float","signals":{"Value":{"raw":"-inf","phys":"-inf"}}}',
    ],
  ])('prints %s', async (_, frame, line) => {
    expect(await decode(`(166.000000) can0 ${frame}\n`, 'engine.dbc')).toEqual({ out: `${line}\n`, err: '' });
  });

  it('asks the DBC files in their order, and sums up what it could not use', async () => {
    const log = [
      '(1.000000) can0 100#00',
      '(1.000000) can0 200#01',
      '(1.000000) can0 300#00',
      'noise',
      '(1.000000) can0 100#R',
    ];
    const { out, err } = await decode(log.join('\n'), 'engine.dbc', 'other.dbc');
    expect(out.match(/"name":"\w+"/g)).toEqual(['"name":"Engine"', '"name":"Other"']);
    expect(err.split('\n')).toEqual([
      '/other.dbc:4:6: no possible length: left out ("Broken")',
      'trip.log: lines rejected: not-a-record 1',
      'trip.log: frames without a message: 2',
      '',
    ]);
  });

  it.each([
    [
      '(1436509052.249713) can0 123#1122\n',
      '{"time":1436509052.249713,"channel":"can0","id":291,"ext":false,"data":"1122"}',
    ],
    [
      '(1.000000) can0 00000123#R T\n',
      '{"time":1,"channel":"can0","direction":"tx","id":291,"ext":true,"data":"","remote":true}',
    ],
    ['(1.000000) can0 123##1AA\n', '{"time":1,"channel":"can0","id":291,"ext":false,"data":"aa","fd":true,"brs":true}'],
    [
      'base hex timestamps absolute\n 0.5 1 123 Rx d 1 FF\n',
      '{"time":0.5,"channel":"1","direction":"rx","id":291,"ext":false,"data":"ff"}',
    ],
    ['  can0  123   [1]  FF\n', '{"channel":"can0","id":291,"ext":false,"data":"ff"}'],
    ['t1231FF\r', '{"id":291,"ext":false,"data":"ff"}'],
  ])('prints the frames of %j as they are, without a DBC file', async (log, line) => {
    expect(await decode(log)).toEqual({ out: `${line}\n`, err: '' });
  });

  it('prints a line for each signal as CSV', async () => {
    const { out } = await decodeCsv(
      '(1.500000) can0 100#E803FE\n(2.000000) can0 00000100#FFFFFFFFFFFFFFFF\n',
      'engine.dbc',
    );
    expect(out.split('\r\n')).toEqual([
      'time,channel,id,ext,message,signal,raw,value,unit,label',
      '1.5,can0,256,false,Engine,Speed,1000,100,km/h,',
      '1.5,can0,256,false,Engine,Gear,-2,-2,,"slow, back"',
      '2,can0,256,true,Counter,Total,18446744073709551615,18446744073709551615,,',
      '',
    ]);
  });

  it('prints a line for each frame as CSV, without a DBC file', async () => {
    const { out } = await decodeCsv('(1.500000) can0 100##0E8\n');
    expect(out).toBe('time,channel,direction,id,ext,remote,fd,brs,data\r\n1.5,can0,,256,false,false,true,false,e8\r\n');
  });

  it('says that no frame of a log is in the DBC files', async () => {
    const { out, err } = await decode('(1.000000) can0 300#00\n', 'engine.dbc');
    expect(out).toBe('');
    expect(err).toBe(
      'trip.log: frames without a message: 1\ntrip.log: none of its frames is in the DBC files: are they of this bus?\n',
    );
  });

  it('says that a file is no log of a bus', async () => {
    const { out, err } = await decode('these are\nno frames\n', 'engine.dbc');
    expect(out).toBe('');
    expect(err).toContain('lines rejected: unknown-format 2');
    expect(err).toContain('no frames: is this a log of candump, an ASC file, or what an SLCAN adapter sent?');
  });

  it('ends quietly when the reader of its output goes away', async () => {
    const stdout = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
    });
    const openInput = () => Readable.from([Buffer.from('(1.000000) can0 100#00\n')]);
    const dbcFiles = [join(folder, 'engine.dbc')];
    const stderr = new PassThrough();
    await decodeCanLog({ file: 'trip.log', openInput, dbcFiles, stdout, stderr });
    expect(await textOf(stderr)).toBe('');
  });
});

describe('waystation decode can', () => {
  it.each([
    ['file.unreadable', 'missing.log', 'engine.dbc', 'missing.log'],
    ['file.unreadable', '.', 'engine.dbc', 'it is a folder'],
    ['dbc.unreadable', 'missing.log', 'missing.dbc', 'missing.dbc'],
    ['dbc.invalid', 'missing.log', 'no.dbc', 'no.dbc:2:1: there is no statement of a DBC in it ("nothing: of a DBC")'],
  ])('fails with %s, naming what it found', async (code, log, dbc, text) => {
    const program = new Command();
    addDecodeCan(program.command('decode'));
    const parsing = program.parseAsync(['decode', 'can', join(folder, log), '--dbc', join(folder, dbc)], {
      from: 'user',
    });
    await expect(parsing).rejects.toMatchObject({ code, message: expect.stringContaining(text) });
  });
});
