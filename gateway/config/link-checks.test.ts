import { expect, it } from 'vitest';
import { linkIssues } from './link-checks.ts';

const window = (from: string, to: string, days?: string[]) => ({ from, to, mode: 'off', ...(days && { days }) });
const MiB = 2 ** 20;

it.each([
  [{ sinks: [{ link: 'sat' }], links: [{ id: 'sim' }] }, 'sinks.0.link names no entry of links; there is sim'],
  [
    { sinks: [{ urgentLanes: ['fast'] }] },
    'sinks.0.urgentLanes.0 names none of the lanes of the sink; there is alerts, control, telemetry',
  ],
  [
    { sinks: [{ lanes: ['alerts'], urgentLanes: ['control'] }] },
    'sinks.0.urgentLanes.0 names none of the lanes of the sink; there is alerts',
  ],
  [{ links: [{ meteredLanes: ['x'] }] }, 'links.0.meteredLanes.0 names no stream; there is alerts, control, telemetry'],
  [
    { links: [{ alertReserveBytes: '1MiB' }] },
    'links.0.alertReserveBytes is a part of maxBytesPerDay, which is not there',
  ],
  [
    { links: [{ maxBytesPerDay: MiB, alertReserveBytes: '1MiB' }] },
    'links.0.alertReserveBytes is all of the day or more (maxBytesPerDay, 1MiB); lower it, or raise that',
  ],
  [
    { links: [{ maxBytesPerDay: '1MiB', alertReserveBytes: '800KiB' }] },
    'links.0.maxBytesPerDay leaves less than the largest packet, 256KiB',
  ],
  [
    { links: [{ schedule: [window('10:00', '10:00')] }] },
    'links.0.schedule.0.to is the time of from; a window ends at another',
  ],
  [
    { links: [{ schedule: [window('22:00', '06:00'), window('05:59', '07:00')] }] },
    'links.0.schedule.1 overlaps entry 1 of the schedule; only one window can count',
  ],
  [
    { links: [{ schedule: [window('22:00', '06:00', ['sun']), window('05:00', '07:00', ['mon'])] }] },
    'links.0.schedule.1 overlaps entry 1',
  ],
])('finds what is wrong with %j', (document, expected) => {
  const found = [...linkIssues(document)].map(({ path, message }) => `${path.join('.')} ${message}`);
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(expected);
});

it.each([
  [
    {
      links: [{ id: 'sim', maxBytesPerDay: '20MiB', alertReserveBytes: '2MiB' }],
      sinks: [{ link: 'sim', urgentLanes: ['alerts'] }],
    },
  ],
  [{ links: [{ schedule: [window('22:00', '06:00'), window('06:00', '22:00')] }] }],
  [{ links: [{ schedule: [window('22:00', '06:00', ['sat']), window('05:00', '07:00', ['mon'])] }] }],
  [{ links: [{ maxBytesPerDay: -1, alertReserveBytes: '256KiB' }] }],
  [{ links: [{ maxBytesPerDay: 0 }] }],
  [{ links: [{ maxBytesPerDay: '100KiB' }], broker: { limits: { maxPacketBytes: '16KiB' } } }],
])('finds nothing wrong with %j', (document) => {
  expect([...linkIssues(document)]).toEqual([]);
});
