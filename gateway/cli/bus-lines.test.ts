import { expect, it } from 'vitest';
import type { CanAdapterStatus, CanStatus, SourceStatus } from '#gateway/model/status.ts';
import { busLines } from './bus-lines.ts';

const SOURCE: SourceStatus = {
  ...{ id: 'can0', type: 'slcan', path: '/dev/can', state: 'open', receivedBytes: 0, messages: {}, publishedCount: 0 },
  ...{ refusedCount: 0, reopenCount: 0, rejections: {} },
};
const CAN: CanStatus = {
  ...{ busState: 'unknown', frameCount: 0, unknownFrameCount: 0, knownIdCount: 0, unknownIdCount: 0 },
  ...{ unchangedCount: 0, leftOutCount: 0, eventCount: 0 },
};
const ADAPTER: CanAdapterStatus = {
  ...{
    profile: 'lawicel',
    isCertain: true,
    version: '1013',
    listenOnly: true,
    isSaturated: false,
    lineLoadPercent: 40,
  },
  ...{
    receiveQueueFullCount: 0,
    transmitQueueFullCount: 0,
    dataOverrunCount: 0,
    arbitrationLostCount: 0,
    busErrorCount: 0,
  },
  ...{ refusedCommandCount: 0, busReopenCount: 0 },
};

it('says nothing of what is no bus', () => {
  expect(busLines(SOURCE)).toEqual([]);
});

it.each<[string, Partial<CanStatus>, readonly string[]]>([
  ['an adapter', { adapter: ADAPTER }, ['adapter of the kind of Lawicel, version 1013, listens only, line 40 % full']],
  [
    'an adapter that has not said what it is',
    {
      adapter: {
        ...ADAPTER,
        profile: 'unknown',
        isCertain: false,
        listenOnly: false,
        busReopenCount: 2,
        advice: 'do this',
      },
    },
    [
      'adapter of an unknown kind, version 1013, takes part in the bus, line 40 % full, bus opened anew 2 times',
      'do this',
    ],
  ],
  [
    'one that is remembered, with losses',
    { adapter: { ...ADAPTER, isCertain: false, dataOverrunCount: 3, busErrorCount: 1 } },
    [
      'adapter of the kind of Lawicel, as it was the last time, version 1013, listens only, line 40 % full, lost frames: queue full 0, overrun 3, 1 bus error',
    ],
  ],
  [
    'a bus with errors',
    { busState: 'passive' },
    ['the bus has many errors (error passive): check its bit rate, termination and wires'],
  ],
  [
    'an interface of the kernel',
    {
      busState: 'active',
      controller: { errorFrameCount: 2, busErrorCount: 1, busOffCount: 1, overflowCount: 0, droppedCount: 7 },
    },
    [
      '2 error frames: 1 of the bus, 1 bus-off, 0 overflows',
      '7 frames dropped by the kernel, as they were not read in time',
    ],
  ],
])('describes %s', (_, can, lines) => {
  expect(busLines({ ...SOURCE, can: { ...CAN, ...can } })).toEqual(lines.map((line) => `can0: ${line}`));
});
