import { expect, it } from 'vitest';
import type { PendingWork, PowerStatus } from '#gateway/model/power-status.ts';
import { streamNamed } from '#gateway/model/testing/sample-status.ts';
import { ownersOf, powerLines } from './delivery-lines.ts';

const alerts = streamNamed('alerts');
const telemetry = streamNamed('telemetry');
const stuck = { state: 'stuck', why: 'waiting: hub.unreachable: no route' } as const;

const PENDING: readonly PendingWork[] = [
  { what: 'journal', stream: telemetry, count: 2, state: 'underWay', why: 'not synced yet' },
  { what: 'sink', sink: 'hub', stream: alerts, count: 3, ...stuck },
  { what: 'sink', sink: 'hub', stream: telemetry, count: 244, ...stuck },
  { what: 'sink', sink: 'influx', stream: alerts, count: 1, state: 'underWay', why: 'being sent' },
  { what: 'redrive', sink: 'hub', count: 1, ...stuck },
];
const STATUS: PowerStatus = { safe: false, pending: PENDING };

it('says the reason of a sink once, whatever the number of its lanes', () => {
  expect(powerLines(STATUS)).toEqual([
    'not safe to power off: the disk has not had 2 of telemetry: not synced yet',
    'not safe to power off: hub has not had 3 of alerts, 244 of telemetry, 1 dead letter: waiting: hub.unreachable: no route',
    'not safe to power off: influx has not had 1 of alerts: being sent',
  ]);
  expect(ownersOf(STATUS)).toEqual(['the disk', 'hub', 'influx']);
});
