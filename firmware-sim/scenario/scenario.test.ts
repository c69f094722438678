import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEFAULT_RECEIVER } from '#firmware-sim/receiver/receiver-spec.ts';
import { conditionsOf, parseScenario, parseVehicleScenario } from './scenario.ts';

describe('parseScenario', () => {
  it('reads the example', () => {
    const path = join(import.meta.dirname, '../scenarios/rough-day.json');
    const steps = parseVehicleScenario(readFileSync(path, 'utf8'));
    expect(steps.length).toBeGreaterThan(5);
    expect(new Set(steps.map(({ fault }) => fault.do))).toEqual(new Set(['garbage', 'silence', 'unplug', 'replug']));
  });

  it('gives the steps in order of time', () => {
    const text =
      '{"steps":[{"atMs":2,"do":"replug","port":"can"},{"atMs":1,"do":"silence","port":"gnss","durationMs":9}]}';
    expect(parseVehicleScenario(text)).toEqual([
      { atMs: 1, fault: { do: 'silence', port: 'gnss', durationMs: 9 } },
      { atMs: 2, fault: { do: 'replug', port: 'can' } },
    ]);
  });

  it.each([
    ['not JSON', '{'],
    ['steps: an array of faults is expected', '[]'],
    ['steps: an array of faults is expected', '{"steps":{}}'],
    ['name: unknown', '{"name":"x","steps":[]}'],
    ['steps[0]: an object is expected', '{"steps":[1]}'],
    ['steps[0].atMs: milliseconds, 0 or more', '{"steps":[{"do":"unplug","port":"can"}]}'],
    ['steps[0].atMs: milliseconds, 0 or more', '{"steps":[{"atMs":-1,"do":"unplug","port":"can"}]}'],
    [
      'steps[1].do: one of unplug',
      '{"steps":[{"atMs":0,"do":"unplug","port":"can"},{"atMs":0,"do":"explode","port":"can"}]}',
    ],
    ['steps[0].port: one of gnss, can', '{"steps":[{"atMs":0,"do":"unplug","port":"gps0"}]}'],
    ['steps[0].after: unknown', '{"steps":[{"atMs":0,"do":"unplug","port":"can","after":1}]}'],
    ['steps[0].durationMs: only for silence', '{"steps":[{"atMs":0,"do":"unplug","port":"can","durationMs":1}]}'],
    ['steps[0].durationMs: milliseconds', '{"steps":[{"atMs":0,"do":"silence","port":"can","durationMs":"1s"}]}'],
  ])('says %s for %s', (problem, text) => {
    expect(() => parseScenario(text)).toThrow(problem);
  });

  it('names every problem at once', () => {
    expect(() => parseScenario('{"rate":1,"steps":[{"atMs":"x","do":"y"},{"atMs":1,"do":"unplug"}]}')).toThrow(
      /steps\[0\]\.atMs.*; steps\[0\]\.do.*; steps\[1\]\.port.*; rate: unknown/,
    );
  });

  it('has one receiver of four systems where none is described', () => {
    const scenario = parseScenario('{"steps":[]}');
    expect(scenario).toEqual({
      title: '',
      vehicle: 'driving',
      receivers: [DEFAULT_RECEIVER],
      devices: [],
      faults: [],
      conditions: [],
    });
  });

  it('reads receivers, conditions for one or all of them, and a time of its own', () => {
    const scenario = parseScenario(
      JSON.stringify({
        title: 'Two',
        startUtc: '2016-12-31T23:59:00Z',
        vehicle: 'parked',
        receivers: [
          { name: 'bow', baud: 9600, rateHz: 5, protocol: 'ubx', messages: ['NAV-PVT'], systems: ['galileo', 'gps'] },
          {
            name: 'stern',
            start: 'cold',
            antennaOffsetM: { forward: -4 },
            sentences: ['GNS', 'ZDA'],
            deadReckoning: true,
          },
        ],
        steps: [
          { atMs: 5, do: 'tunnel', durationMs: 10 },
          { atMs: 7, do: 'multipath', port: 'stern', durationMs: 10 },
          { atMs: 60_000, do: 'leapSecond' },
          { atMs: 9, do: 'rollover', port: 'bow' },
          { atMs: 2, do: 'unplug', port: 'stern' },
        ],
      }),
    );
    expect(scenario).toMatchObject({
      startUnixMs: Date.UTC(2016, 11, 31, 23, 59),
      vehicle: 'parked',
      leapAtMs: 60_000,
    });
    expect(scenario.receivers[0]).toMatchObject({ name: 'bow', rateHz: 5, systems: ['gps', 'galileo'] });
    expect(scenario.receivers[1]).toMatchObject({
      antennaOffsetM: { forward: -4, right: 0, up: 0 },
      deadReckoning: true,
    });
    expect(scenario.faults).toEqual([{ atMs: 2, fault: { do: 'unplug', port: 'stern' } }]);
    expect(conditionsOf(scenario, 'bow').map(({ kind }) => kind)).toEqual(['tunnel', 'rollover']);
    expect(conditionsOf(scenario, 'stern').map(({ kind, offsetM }) => [kind, offsetM])).toEqual([
      ['tunnel', 0],
      ['multipath', 45],
    ]);
  });

  it.each([
    ['receivers: an array of 1 to 8', '{"receivers":[],"steps":[]}'],
    ['receivers[0]: an object is expected', '{"receivers":[3],"steps":[]}'],
    ['receivers[0].name: a lower-case letter', '{"receivers":[{"name":"../x"}],"steps":[]}'],
    ['name: a is taken', '{"receivers":[{"name":"a"},{"name":"a"}],"steps":[]}'],
    ['receivers[0].baud: one of 4800', '{"receivers":[{"baud":9601}],"steps":[]}'],
    ['receivers[0].rateHz: epochs a second', '{"receivers":[{"rateHz":26}],"steps":[]}'],
    ['receivers[0].rateHz: epochs a second', '{"receivers":[{"rateHz":0.5}],"steps":[]}'],
    ['receivers[0].protocol: one of nmea', '{"receivers":[{"protocol":"sirf"}],"steps":[]}'],
    ['receivers[0].sentences: an array of different', '{"receivers":[{"sentences":["RMC","RMC"]}],"steps":[]}'],
    ['receivers[0].messages: an array of different', '{"receivers":[{"messages":["NAV-X"]}],"steps":[]}'],
    ['receivers[0].systems: at least one', '{"receivers":[{"systems":[]}],"steps":[]}'],
    ['receivers[0].start: one of running', '{"receivers":[{"start":"lukewarm"}],"steps":[]}'],
    ['receivers[0].antennaOffsetM.down: unknown', '{"receivers":[{"antennaOffsetM":{"down":1}}],"steps":[]}'],
    ['receivers[0].antennaOffsetM.up: metres', '{"receivers":[{"antennaOffsetM":{"up":"1"}}],"steps":[]}'],
    ['receivers[0].deadReckoning: true or false', '{"receivers":[{"deadReckoning":1}],"steps":[]}'],
    ['receivers[0].errorScale: a factor', '{"receivers":[{"errorScale":-1}],"steps":[]}'],
    ['receivers[0].colour: unknown', '{"receivers":[{"colour":"red"}],"steps":[]}'],
    ['name: bow is taken', '{"receivers":[{"name":"bow"}],"can":[{"name":"bow"}],"steps":[]}'],
    ['can: an array of 1 to 8', '{"can":{},"steps":[]}'],
    ['can[0]: an object is expected', '{"can":[1],"steps":[]}'],
    ['can[0].name: a lower-case letter', '{"can":[{"name":"../x"}],"steps":[]}'],
    ['can[0].adapter: one of lawicel, canable', '{"can":[{"adapter":"x"}],"steps":[]}'],
    ['can[0].bus: one of', '{"can":[{"bus":"x"}],"steps":[]}'],
    ['can[0].bitrate: one of 10000', '{"can":[{"bitrate":1}],"steps":[]}'],
    ['can[0].baud: one of 4800', '{"can":[{"baud":1}],"steps":[]}'],
    ['can[0].queueFrames: a whole number, 1 to', '{"can":[{"queueFrames":0}],"steps":[]}'],
    ['can[0].framesPerSecond: only of the bus load', '{"can":[{"framesPerSecond":5}],"steps":[]}'],
    ['can[0].framesPerSecond: a whole number', '{"can":[{"bus":"load","framesPerSecond":9001}],"steps":[]}'],
    ['can[0].messageCount: a whole number', '{"can":[{"bus":"load","messageCount":0.5}],"steps":[]}'],
    ['steps[0].durationMs: milliseconds', '{"can":[{}],"steps":[{"atMs":0,"do":"overrun","port":"can"}]}'],
    [
      'steps[0].flags: an array',
      '{"can":[{}],"steps":[{"atMs":0,"do":"errorFlags","port":"can","durationMs":1,"flags":["x"]}]}',
    ],
    ['steps[0].spn: a whole number', '{"can":[{}],"steps":[{"atMs":0,"do":"dtc","port":"can","fmi":1}]}'],
    ['steps[0].fmi: a whole number', '{"can":[{}],"steps":[{"atMs":0,"do":"dtc","port":"can","spn":1,"fmi":32}]}'],
    ['steps[0].unit: one of engine', '{"can":[{}],"steps":[{"atMs":0,"do":"readdress","port":"can","unit":"x"}]}'],
    ['steps[0].durationMs: unknown', '{"can":[{}],"steps":[{"atMs":0,"do":"busOff","port":"can","durationMs":1}]}'],
    ['can[0].x: unknown', '{"can":[{"x":1}],"steps":[]}'],
    ['steps[0].do: one of unplug', '{"receivers":[{}],"steps":[{"atMs":0,"do":"busOff","port":"gnss"}]}'],
    ['steps[0].port: one of can', '{"receivers":[{}],"can":[{}],"steps":[{"atMs":0,"do":"busOff","port":"gnss"}]}'],
    ['steps[0].durationMs: milliseconds', '{"steps":[{"atMs":0,"do":"tunnel"}]}'],
    ['steps[0].offsetM: only for multipath', '{"steps":[{"atMs":0,"do":"tunnel","durationMs":1,"offsetM":1}]}'],
    ['steps[0].port: one of bow', '{"receivers":[{"name":"bow"}],"steps":[{"atMs":0,"do":"unplug","port":"gnss"}]}'],
    ['startUtc: a time like', '{"startUtc":"yesterday","steps":[]}'],
    ['startUtc: a time like', '{"startUtc":"1990-01-01T00:00:00Z","steps":[]}'],
    ['vehicle: one of driving, parked', '{"vehicle":"flying","steps":[]}'],
    ['leapSecond needs startUtc', '{"steps":[{"atMs":0,"do":"leapSecond"}]}'],
    ['the first at atMs 60000', '{"startUtc":"2016-12-31T23:59:00Z","steps":[{"atMs":1,"do":"leapSecond"}]}'],
    ['steps: at most one leapSecond', '{"steps":[{"atMs":0,"do":"leapSecond"},{"atMs":0,"do":"leapSecond"}]}'],
  ])('says %s for %s', (problem, text) => {
    expect(() => parseScenario(text)).toThrow(problem);
  });

  it('reads adapters of a bus, and what happens to them', () => {
    const { devices, faults, receivers } = parseScenario(
      JSON.stringify({
        can: [
          { bus: 'truck' },
          { name: 'full', adapter: 'canable', bus: 'load', framesPerSecond: 9_000, baud: 115_200 },
        ],
        steps: [
          { atMs: 1, do: 'dtc', port: 'can', spn: 110, fmi: 0 },
          { atMs: 2, do: 'errorFlags', port: 'full', durationMs: 5 },
          { atMs: 3, do: 'unplug', port: 'full' },
        ],
      }),
    );
    expect(receivers).toEqual([]);
    expect(devices).toMatchObject([
      { kind: 'can', name: 'can', adapter: 'lawicel', bus: 'truck', bitrate: 250_000 },
      {
        name: 'full',
        adapter: 'canable',
        bitrate: 1_000_000,
        framesPerSecond: 9_000,
        messageCount: 100,
        baud: 115_200,
      },
    ]);
    expect(faults.map(({ fault }) => fault)).toEqual([
      { do: 'dtc', port: 'can', unit: 'engine', spn: 110, fmi: 0, isActive: true },
      { do: 'errorFlags', port: 'full', flags: ['warning', 'passive', 'busError'], durationMs: 5 },
      { do: 'unplug', port: 'full' },
    ]);
  });

  it('keeps what only a receiver can do from the vehicle of the demo', () => {
    expect(() => parseVehicleScenario('{"receivers":[{"name":"a"}],"steps":[]}')).toThrow('npm run sim');
    expect(() => parseVehicleScenario('{"steps":[{"atMs":0,"do":"tunnel","durationMs":1}]}')).toThrow('npm run sim');
  });
});
