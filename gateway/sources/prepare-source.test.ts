import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '#gateway/runtime/clock.ts';
import { MemoryLogger } from '#gateway/runtime/memory-logger.ts';
import { FakeDeviceMemory } from './fake-device-memory.ts';
import { FakePublisher } from './fake-publisher.ts';
import { FakeTimekeeper } from './fake-timekeeper.ts';
import { nodeSerialLinks } from './node-serial-link.ts';
import { PositionFeed } from './position-feed.ts';
import { prepareSource } from './prepare-source.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waystation-sources-'));
  await writeFile(join(folder, 'good.dbc'), 'VERSION ""\n');
  await writeFile(join(folder, 'photo.dbc'), Buffer.from([0xff, 0xd8, 0xff, 0xe0]));
});
afterAll(() => rm(folder, { recursive: true }));

describe('nodeSerialLinks', () => {
  const openLink = nodeSerialLinks(systemClock);
  const listener = { onBytes: () => {}, onClosed: () => {} };

  it.each([
    ['port.missing', 'nowhere', 'there is no such path'],
    ['port.notSerial', '.', 'it is a folder'],
    ['port.notSerial', 'good.dbc', 'it is a file'],
    ['port.failed', '/dev/null', 'Opening the serial port /dev/null'],
  ])('fails with %s on %s', async (code, path, reason) => {
    const open = openLink({ path: path.startsWith('/') ? path : join(folder, path), baud: 9600 }, listener);
    await expect(open).rejects.toMatchObject({ code, message: expect.stringContaining(reason) });
  });
});

describe('prepareSource', () => {
  const context = {
    publisher: new FakePublisher(),
    clock: systemClock,
    timekeeper: new FakeTimekeeper(systemClock),
    reportGnss: () => {},
    random: () => 0,
    memory: new FakeDeviceMemory(),
    positions: new PositionFeed(),
    logger: new MemoryLogger(),
  };
  const can = { id: 'can0', type: 'slcan', baud: 115_200, bitrate: 500_000, listenOnly: true } as const;

  it('refuses a wrong DBC before it opens anything', async () => {
    const device = { ...can, path: join(folder, 'nowhere'), dbc: [join(folder, 'photo.dbc')] };
    await expect(prepareSource(device, context.logger)).rejects.toMatchObject({ code: 'dbc.invalid' });
  });

  it('refuses rules of report that name nothing, before it opens anything', async () => {
    const dbc = join(folder, 'engine.dbc');
    await writeFile(dbc, 'VERSION ""\nBO_ 256 Engine: 8 ECU\n SG_ Speed : 0|16@1+ (1,0) [0|0] "" X\n');
    const device = { ...can, path: join(folder, 'nowhere'), dbc: [dbc], report: { 'Engine.Sped': { deadband: 1 } } };
    await expect(prepareSource(device, context.logger)).rejects.toMatchObject({
      code: 'config.invalid',
      message: expect.stringContaining('did you mean Engine.Speed?'),
    });
  });

  it.each([{ ...can, path: '/nowhere', dbc: [] }, { id: 'gps0', type: 'gnss', path: '/nowhere', baud: 9600 } as const])(
    'runs without the port of $id [S3]',
    async (device) => {
      const start = await prepareSource(device, context.logger);
      await using source = start(context);
      await expect.poll(() => source.status()).toMatchObject({ state: 'lost', lastError: /no such path/ });
    },
  );
});
