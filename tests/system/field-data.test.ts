import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RELEASE_DATE_MS } from '#gateway/model/clock-mark.ts';
import { CHECKOUT } from '#tests/support/checkout.ts';
import { Child } from '#tests/support/child.ts';
import { CountingHub } from '#tests/support/counting-hub.ts';
import { findFreePort } from '#tests/support/free-ports.ts';
import {
  PUBLISHER,
  runWaystation,
  startReadyGateway,
  testConfig,
  untilStatus,
  writeConfig,
} from '#tests/support/gateway-process.ts';
import { openScratchFolder } from '#tests/support/scratch-folder.ts';
import { until } from '#tests/support/until.ts';

const FIELD_DATA = process.env['WAYSTATION_FIELD_DATA'];
const THINK_CITY = 'can/ThinkCity.dbc';
/** What ThinkCity.dbc decodes whole among the 12,974 frames of the log; others are shorter than it says. */
const WHOLE_FRAME_COUNT = 472;

type Json = Readonly<Record<string, unknown>>;

/** Plays a recording through a pseudo-terminal into a gateway, and gives what arrived at the hub from that device, first occurrences in order. */
async function play(
  port: 'gnss' | 'can',
  recording: string,
  dbcFile: string,
  expectedCount: number,
): Promise<readonly Json[]> {
  await using folder = await openScratchFolder();
  await using hub = await CountingHub.open();
  const brokerPort = await findFreePort();
  const byId = join(folder.path, 'sim/serial/by-id');
  const device =
    port === 'gnss'
      ? { id: 'gps0', type: 'gnss', baud: 38_400, path: join(byId, 'usb-Waystation_Simulated_GNSS-if00') }
      : {
          id: 'can0',
          type: 'slcan',
          bitrate: 500_000,
          path: join(byId, 'usb-Waystation_Simulated_SLCAN-if00'),
          dbc: [dbcFile],
          // A repeat is no event then, however late.
          report: { default: { maxIntervalMs: 0 } },
        };
  const config = testConfig({ brokerPort, hubPort: hub.port, devices: [device] });
  const configFile = await writeConfig(folder.path, config);
  await using _gateway = await startReadyGateway(configFile, brokerPort);
  const passwordFile = join(folder.path, 'secrets/publisher');
  await using vehicle = new Child(process.execPath, [
    ...[
      'firmware-sim/main.ts',
      'vehicle',
      '--dir',
      join(folder.path, 'sim'),
      '--broker',
      `mqtt://127.0.0.1:${brokerPort}`,
    ],
    ...['--sensor-username', PUBLISHER.username, '--sensor-password-file', passwordFile],
    ...[`--${port}`, recording, '--speed', 'max'],
  ]);
  await vehicle.waitForLine(/"event":"played"/, 60_000);
  const ofDevice = `fleet/test-truck/devices/${device.id}/`;
  // A receiver also tells of its sky and of itself, now and then.
  const isWanted = (name: string) => port === 'can' || name === 'position';
  const arrived = () =>
    hub.distinct.filter(({ topic }) => topic.startsWith(ofDevice) && isWanted(topic.slice(ofDevice.length)));
  // The end of the last epoch is only known by the silence after it.
  await until('as many events as were decoded are at the hub', 20_000, () => arrived().length >= expectedCount);
  await untilStatus('everything is sent', configFile, 20_000, ({ sinks }) =>
    sinks.every(({ lanes }) => lanes.every(({ backlogCount }) => backlogCount === 0)),
  );
  return arrived().map((event) => JSON.parse(Buffer.from(event.payload).toString('utf8')));
}

async function decodeLines(...args: readonly string[]): Promise<readonly Json[]> {
  const { code, stdout, stderr } = await runWaystation('decode', ...args);
  if (code !== 0) throw new Error(stderr);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** An event `gnss.position` in the names, units and decimals of `waystation decode gnss`; the separation is the difference of its altitudes. */
function toDecodedEpoch(event: Json): Json {
  const data = event['data'] as Record<string, number | string | undefined>; // Every event has this object: see events.md.
  const rounded = (value: number | string | undefined, decimals: number) =>
    typeof value === 'number' ? Number(value.toFixed(decimals)) : undefined;
  const speedKmh = data['speedKmh'];
  return withoutAbsent({
    t: event['time'],
    mode: ['none', '2d', '3d'].indexOf(String(data['fix'])) + 1,
    lat: rounded(data['latitude'], 9),
    lon: rounded(data['longitude'], 9),
    altMSL: data['altitudeMsl'],
    altHAE: rounded(data['altitudeHae'], 6),
    speed: typeof speedKmh === 'number' ? rounded(speedKmh / 3.6, 3) : undefined,
    track: data['headingDeg'],
    satsUsed: data['satellitesUsed'],
    hdop: data['hdop'],
    date: data['date'],
  });
}

/** What `decode gnss` prints and an event carries; of a recording older than the release not its time, but that it was refused. */
function comparable({ altHAE, t, ...epoch }: Json): Json {
  const told = Object.fromEntries(Object.entries(epoch).filter(([key]) => COMPARED.has(key)));
  const dated = typeof t === 'string' && Date.parse(t) < RELEASE_DATE_MS ? { date: 'refused' } : { t };
  return withoutAbsent({
    ...told,
    ...dated,
    altHAE: typeof altHAE === 'number' ? Number(altHAE.toFixed(6)) : undefined,
  });
}

const COMPARED: ReadonlySet<string> = new Set(['mode', 'lat', 'lon', 'altMSL', 'speed', 'track', 'satsUsed', 'hdop']);

/** An event `can.message` in the names of `waystation decode can`, as far as both tell the same. */
function toDecodedFrame(event: Json): Json {
  const { message, short, signals } = event['data'] as Record<string, Record<string, Json>>; // As above.
  const told = Object.entries(signals ?? {}).map(([name, { value, label }]) => [
    name,
    withoutAbsent({ phys: value, label }),
  ]);
  return withoutAbsent({ name: message, short, signals: Object.fromEntries(told) });
}

function comparableFrame({ name, short, signals }: Json): Json {
  const told = Object.entries(signals as Record<string, Json>).map(([signal, { phys, label }]) => [
    signal,
    withoutAbsent({ phys, label }),
  ]);
  return withoutAbsent({ name, short, signals: Object.fromEntries(told) });
}

/** Without those whose signals say what the frame of this identifier before them said: the gateway only counts them. */
function changedFrames(frames: readonly Json[]): readonly Json[] {
  const last = new Map<unknown, string>();
  return frames.filter(({ id, signals }) => {
    const said = JSON.stringify(signals);
    const isNews = last.get(id) !== said;
    last.set(id, said);
    return isNews;
  });
}

function withoutAbsent(record: Json): Json {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}

describe('recordings of real devices', () => {
  if (process.env['CI'] !== undefined && FIELD_DATA === undefined) {
    it('are not forgotten where they are at hand', () => {
      expect(existsSync(join(CHECKOUT, '../shared/data'))).toBe(false);
    });
  }

  if (FIELD_DATA === undefined) {
    it.skip('arrive at the hub as decoded (set WAYSTATION_FIELD_DATA to the folder of the recordings)', () => {});
    return;
  }

  it.each([
    ['with satellites of several systems', 'ublox-neo-m9n-nmea.log'],
    ['with BeiDou talkers and void epochs', 'beidou-gb.log'],
    ['that begins before the date is known', 'st-teseo-liv3f.log'],
    ['with noise on the line', 'ublox-8.log'],
    ['of different receivers in motion', 'nmea-fuzzy-cases.log'],
  ])('a capture %s arrives as what `decode gnss` prints: %s [S1 S2 S5]', async (_, name) => {
    const recording = join(FIELD_DATA, 'gnss', name);
    const expected = await decodeLines('gnss', recording);
    const events = await play('gnss', recording, '', expected.length);
    expect(events.map(toDecodedEpoch)).toEqual(expected.map(comparable));
  });

  it('a CAN log arrives as what `decode can` prints, change by change [S1]', async () => {
    const recording = join(FIELD_DATA, 'can/savvycan-candump.log');
    const dbcFile = join(FIELD_DATA, THINK_CITY);
    const frames = await decodeLines('can', recording, '--dbc', dbcFile);
    expect(frames.filter((frame) => frame['short'] === undefined)).toHaveLength(WHOLE_FRAME_COUNT);
    const expected = changedFrames(frames);
    const events = await play('can', recording, dbcFile, expected.length);
    expect(events.map(toDecodedFrame)).toEqual(expected.map(comparableFrame));
  });
});
