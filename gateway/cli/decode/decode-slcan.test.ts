import { PassThrough, Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { decodeSlcanStream } from './decode-slcan.ts';

async function textOf(stream: PassThrough): Promise<string> {
  stream.end();
  return Buffer.concat(await Array.fromAsync(stream)).toString();
}

async function decode(capture: string, isCsv = false) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const openInput = () => Readable.from([...Buffer.from(capture, 'latin1')].map((byte) => Buffer.of(byte)));
  await decodeSlcanStream({ file: 'port.raw', openInput, dbcFiles: [], isCsv, stdout, stderr });
  return { out: await textOf(stdout), err: await textOf(stderr) };
}

const CAPTURE = '\r\x07V1013\rNA123\rt1231FF0010\rF09\rz\rt12\rt1231EE0020';

it('prints frames and what the adapter says of itself, in their order', async () => {
  const { out, err } = await decode(CAPTURE);
  expect(out.split('\n')).toEqual([
    '{"adapter":"error"}',
    '{"adapter":"version","text":"1013"}',
    '{"adapter":"serial","text":"A123"}',
    '{"time":0,"id":291,"ext":false,"data":"ff"}',
    '{"adapter":"status","flags":["receiveQueueFull","dataOverrun"]}',
    '{"time":0.016,"id":291,"ext":false,"data":"ee"}',
    '',
  ]);
  expect(err.split('\n')).toEqual([
    'port.raw: answers of the adapter: ok 1, error 1, sent 1, version 1, serial 1, status 1',
    'port.raw: lines rejected: wrong-size 1',
    '',
  ]);
});

it('prints frames alone as CSV', async () => {
  const { out } = await decode(CAPTURE, true);
  expect(out.split('\r\n')).toEqual([
    'time,channel,direction,id,ext,remote,fd,brs,data',
    '0,,,291,false,false,false,false,ff',
    '0.016,,,291,false,false,false,false,ee',
    '',
  ]);
});

it('says that a capture is none of an adapter', async () => {
  const { err } = await decode('$GPRMC,what is this\r\n');
  expect(err).toContain('no frames: is this a raw capture of an SLCAN adapter?');
});
