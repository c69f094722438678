import { connectAsync } from 'mqtt';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openPseudoTerminal } from '#firmware-sim/serial/pseudo-terminal.ts';
import type { HubEvent } from '#tests/support/counting-hub.ts';
import { FakeDate, mustSkipDates } from '#tests/support/fake-date.ts';
import { keepFixing } from '#tests/support/fix-at.ts';
import { PUBLISHER, runWaystation } from '#tests/support/gateway-process.ts';
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
  'a gateway that starts in 1970 tells the hub when its events were, those before the first fix too, whatever becomes of its date (needs the package faketime) [S5 D1 D2]',
  async () => {
    const date = await FakeDate.open(folder.path);
    await date.shiftByDays(-Math.floor(Date.now() / DAY_MS));
    const receiver = openPseudoTerminal();
    cleanup.defer(() => receiver.close());
    const devices = [{ id: 'gps0', type: 'gnss', baud: 38_400, path: receiver.path }];
    const { hub, link, brokerPort, configFile, start, status } = await openScene(cleanup, {
      ...{ folder: folder.path, devices, env: date.env },
    });
    link.cut();
    const gateway = await start();
    const sensor = await connectAsync(`mqtt://127.0.0.1:${brokerPort}`, { ...PUBLISHER, clientId: 'tyre' });
    cleanup.defer(() => sensor.endAsync());
    /** Between which instants each event was accepted. */
    const accepted: { readonly fromMs: number; readonly toMs: number }[] = [];
    const publish = async () => {
      for (let count = 0; count < EVENT_COUNT; count++) {
        const fromMs = Date.now();
        await sensor.publishAsync('sensors/tyre', String(accepted.length), { qos: 1 });
        accepted.push({ fromMs, toMs: Date.now() });
      }
    };
    await publish();
    // The sink has read them, and knows no time for them.
    const { clock } = await status('the sink waits', ({ sinks }) => sinks[0]?.state === 'waiting');
    expect(clock).toMatchObject({ quality: 'none', receivers: 'unknown' });
    expect(clock).not.toHaveProperty('anchor');

    cleanup.use(keepFixing((bytes) => receiver.write(bytes)));
    await gateway.waitForLine(/The time is known/);
    await publish();
    for (const [index, days] of [0, -365, 365].entries()) {
      await date.shiftByDays(days);
      await until('the gateway notices', PATIENCE_MS, () => gateway.output.split(STEP_LINE).length === index + 2);
      await publish();
    }
    link.restore();
    // Its next attempt by itself may be far off.
    await runWaystation('sinks', 'retry', 'hub', '-c', configFile);
    const { clock: after } = await status('all is delivered', isDrained);

    const events = hub.distinct.filter(({ topic }) => topic.endsWith('sensors/tyre'));
    expect(events.map(({ payload }) => Number(payload))).toEqual(accepted.map((_, index) => index));
    const sequences = events.map(({ id }) => Number(id.split('/').at(-1)));
    expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
    expect(Math.max(...events.map((event, index) => errorMs(event, accepted[index])))).toBeLessThan(TOLERANCE_MS);
    // After the fix the time is no guess any more.
    const bases = accepted.map((_, index) => (index < EVENT_COUNT ? 'repaired' : undefined));
    expect(events.map(({ attributes }) => attributes['timebasis'])).toEqual(bases);
    expect(after).toMatchObject({ anchor: 'gnss', receivers: 'agreed', stepCount: 3, correctionCount: 0 });
    expect(after.hostOffsetMs).toBeGreaterThan(364 * DAY_MS);
  },
);

const STEP_LINE = 'The date of the host was set';

/** How far the time of an event is outside of the span in which it was accepted. */
function errorMs({ attributes }: HubEvent, span = { fromMs: 0, toMs: 0 }): number {
  const timeMs = Date.parse(String(attributes['time']));
  return Math.max(span.fromMs - timeMs, timeMs - span.toMs, 0);
}
