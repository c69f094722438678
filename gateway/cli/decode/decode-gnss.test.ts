import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { formatTimeOfDay } from '#devices/nmea0183/format-field.ts';
import { encodeNmeaSentence } from '#devices/nmea0183/nmea-sentence.ts';

const CHECKOUT = resolve(import.meta.dirname, '..', '..', '..');

/** A real process, for broken pipes and standard input are made of real descriptors. */
const MAIN = `
  import { Command } from 'commander';
  import { addDecodeGnss } from '#gateway/cli/decode/decode-gnss.ts';
  const program = new Command();
  addDecodeGnss(program);
  await program.parseAsync(process.argv.slice(1), { from: 'user' }).catch((error) => {
    process.stderr.write(error.code + ': ' + error.message);
    process.exitCode = error.exitCode;
  });
`;

function start(...args: readonly string[]) {
  return spawn(process.execPath, ['--input-type=module', '-e', MAIN, 'gnss', ...args], { cwd: CHECKOUT });
}

async function run(file: string, input = '', ...options: readonly string[]) {
  const child = start(file, ...options);
  child.stdin.end(input);
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { stdout, stderr, exitCode };
}

const CAPTURE = [
  '# a comment',
  '$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47',
  '$GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230326,003.1,W*63',
  '$GPGGA,123520,,,,,0,,,,M,,M,,*61',
  '$GPGGA,123521,broken*00',
  '',
].join('\r\n');

const FIX =
  '{"t":"2026-03-23T12:35:19.000Z","mode":3,"lat":48.1173,"lon":11.516666667,"altMSL":545.4,"altHAE":592.3,"geoidSep":46.9,"speed":11.524,"track":84.4,"satsUsed":8,"hdop":0.9}';
const VOID = '{"t":"2026-03-23T12:35:20.000Z","mode":1}';

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'decode-gnss-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

it('prints an epoch per line and what it refused on stderr', async () => {
  const file = join(folder, 'capture.log');
  await writeFile(file, CAPTURE);
  expect(await run(file)).toEqual({
    stdout: `${FIX}\n${VOID}\n`,
    stderr: 'rejected: wrong-checksum 1, discarded-bytes 11\n',
    exitCode: 0,
  });
});

it('reads standard input where the file is -', async () => {
  expect(await run('-', CAPTURE)).toMatchObject({ stdout: `${FIX}\n${VOID}\n`, exitCode: 0 });
});

it('says that nothing was refused, and that nothing was found', async () => {
  const stderr =
    'rejected: nothing\nno epochs: is this a raw capture of a receiver that speaks NMEA 0183 or u-blox UBX?\n';
  expect(await run('-', '')).toEqual({ stdout: '', stderr, exitCode: 0 });
});

it('fails with file.unreadable on a missing file and on a folder', async () => {
  const missing = await run(join(folder, 'missing.log'));
  expect(missing).toMatchObject({
    stdout: '',
    stderr: expect.stringMatching(/^file\.unreadable: .*missing\.log.*ENOENT/),
    exitCode: 69,
  });
  expect(await run(folder)).toMatchObject({
    stderr: expect.stringMatching(/^file\.unreadable: .*: it is a folder/),
    exitCode: 69,
  });
});

it('takes one format only', async () => {
  expect(await run('-', CAPTURE, '--csv', '--gpx')).toMatchObject({ stdout: '', exitCode: 1 });
});

it('ends quietly when its reader goes away', async () => {
  const file = join(folder, 'long.log');
  await writeFile(file, Array.from({ length: 20_000 }, (_, second) => voidGga(second)).join(''));
  const child = start(file);
  const stderr = text(child.stderr);
  await once(child.stdout, 'data');
  child.stdout.destroy();
  const [exitCode] = await once(child, 'exit');
  expect({ exitCode, stderr: await stderr }).toEqual({ exitCode: 0, stderr: '' });
});

function voidGga(second: number): string {
  const fields = [formatTimeOfDay(second * 1000), '', '', '', '', '0'];
  return `${encodeNmeaSentence({ talker: 'GP', type: 'GGA', fields })}\r\n`;
}
