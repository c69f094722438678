import { expect, it } from 'vitest';
import type { ObdStatus } from '#gateway/model/obd-status.ts';
import type { SourceStatus } from '#gateway/model/status.ts';
import { obdLines } from './obd-lines.ts';

function linesOf(obd?: ObdStatus): readonly string[] {
  const source: SourceStatus = {
    ...{ id: 'obd0', type: 'elm327', state: 'open', receivedBytes: 0, messages: {}, rejections: {} },
    ...{ publishedCount: 0, refusedCount: 0, reopenCount: 0 },
    ...(obd === undefined ? {} : { obd }),
  };
  return obdLines(source);
}

it('says how an adapter and its vehicle fare', () => {
  const protocol = 'ISO 15765-4 (CAN), 11 bit, 500 kbit/s';
  const polling = { state: 'polling', ignition: 'on', adapter: 'ELM327 V1.5', protocol, voltageV: 14.1 } as const;
  expect(linesOf({ ...polling, pidsPerSecond: 12.4 })).toEqual([
    `obd0: the ignition is on, ELM327 V1.5, ${protocol}, 14.1 V, 12.4 parameters a second`,
  ]);
  expect(linesOf({ state: 'searching', ignition: 'unknown', pidsPerSecond: 0 })).toEqual([
    'obd0: looks for the adapter',
  ]);
  expect(linesOf()).toEqual([]);
});
