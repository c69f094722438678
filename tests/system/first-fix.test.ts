import { connectAsync } from 'mqtt';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { encodeNmeaSentence } from '#devices/nmea0183/nmea-sentence.ts';
import { openPseudoTerminal } from '#firmware-sim/serial/pseudo-terminal.ts';
import type { HubEvent } from '#tests/support/counting-hub.ts';
import { FakeDate, mustSkipDates } from '#tests/support/fake-date.ts';
import { PUBLISHER } from '#tests/support/gateway-process.ts';
import { isDrained, openScene, PATIENCE_MS } from '#tests/support/scene.ts';
import { openScratchFolder, type ScratchFolder } from '#tests/support/scratch-folder.ts';
import { until } from '#tests/support/until.ts';

const DAY_MS = 86_400_000;
/** From the truth to the time that the hub is told. */
const TOLERANCE_MS = 50;
const EVENT_COUNT = 20;

let cleanup: AsyncDisposableStack;
let folder: ScratchFolder;

beforeEach(async () => {
  cleanup = new AsyncDisposableStack();
  folder = cleanup.use(await openScratchFolder());
});

afterEach(async () => {
  await cleanup.disposeAsync();
});

it.skipIf(mustSkipDates)(
  'a gateway that starts in 1970 tells the hub when its events were, those before the first fix too (needs the package faketime) [S5 D2]',
  async () => {
    const date = await FakeDate.open(folder.path);
    await date.shiftByDays(-Math.floor(Date.now() / DAY_MS));
    const receiver = openPseudoTerminal();
    cleanup.defer(() => receiver.close());
    const devices = [{ id: 'gps0', type: 'gnss', baud: 38_400, path: receiver.path }];
    const { hub, link, brokerPort, start, status } = await openScene(cleanup, {
      ...{ folder: folder.path, devices, env: date.env },
    });
    link.cut();
    await start();
    await status('it knows no time', ({ clock }) => clock.quality === 'none' && clock.anchor === undefined);
    const sensor = await connectAsync(`mqtt://127.0.0.1:${brokerPort}`, { ...PUBLISHER, clientId: 'tyre' });
    cleanup.defer(() => sensor.endAsync());
    /** Between which instants each event was accepted. */
    const accepted: { readonly fromMs: number; readonly toMs: number }[] = [];
    const publish = async () => {
      const fromMs = Date.now();
      await sensor.publishAsync('sensors/tyre', String(accepted.length), { qos: 1 });
      accepted.push({ fromMs, toMs: Date.now() });
    };
    for (let count = 0; count < EVENT_COUNT; count++) await publish();
    // The sink has read them, and knows no time for them.
    await status('the sink waits', ({ sinks }) => sinks[0]?.state === 'waiting');

    receiver.write(Buffer.from(fixAt(Date.now())));
    await until('the epoch is given out', PATIENCE_MS, async () => {
      receiver.write(Buffer.from(fixAt(Date.now())));
      return (await status('it answers', () => true)).clock.anchor === 'gnss';
    });
    for (let count = 0; count < EVENT_COUNT; count++) await publish();
    link.restore();
    await status('all is delivered', isDrained);

    const events = hub.distinct.filter(({ topic }) => topic.endsWith('sensors/tyre'));
    expect(events.map(({ payload }) => Number(payload))).toEqual(accepted.map((_, index) => index));
    // After the fix the time is no guess any more.
    const bases = accepted.map((_, index) => (index < EVENT_COUNT ? 'repaired' : undefined));
    expect(events.map(({ attributes }) => attributes['timebasis'])).toEqual(bases);
    expect(Math.max(...events.map((event, index) => errorMs(event, accepted[index])))).toBeLessThan(TOLERANCE_MS);
  },
);

/** How far the time of an event is outside of the span in which it was accepted. */
function errorMs({ attributes }: HubEvent, span = { fromMs: 0, toMs: 0 }): number {
  const timeMs = Date.parse(String(attributes['time']));
  return Math.max(span.fromMs - timeMs, timeMs - span.toMs, 0);
}

/** What a receiver says of one moment. */
function fixAt(unixMs: number): string {
  const [, year, month, day, time] = /^20(\d\d)-(\d\d)-(\d\d)T(.*)Z$/.exec(new Date(unixMs).toISOString()) ?? [];
  const clockFace = time?.replaceAll(':', '') ?? '';
  const place = ['4807.038', 'N', '01131.000', 'E'];
  const rmc = [clockFace, 'A', ...place, '0.0', '0.0', `${day}${month}${year}`, '', ''];
  return `${encodeNmeaSentence({ talker: 'GP', type: 'RMC', fields: rmc })}\r\n`;
}
