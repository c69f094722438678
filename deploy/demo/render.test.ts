import { describe, expect, it } from 'vitest';
import { type DemoState, initialDemoState } from './demo-state.ts';
import { renderBlock, renderLine } from './render.ts';

const PLAIN = { isColoured: false, columns: 100 };
const NOON = new Date(2026, 10, 20, 12, 0, 5).getTime();

const RUNNING: DemoState = {
  vehicle: {
    phase: 'running',
    playedAtMs: {},
    figures: {
      made: { gps0: 12, can0: 340, 'tyre-monitor': 5 },
      played: 0,
      overrun: 0,
      unheard: 0,
      sensorPending: 0,
      speedKmh: 48.6,
    },
  },
  gateway: {
    phase: 'running',
    pid: 7,
    heardDevices: [],
    heardAtMs: 0,
    startCount: 2,
    figures: { pid: 7, journaled: 357, backlog: 4, sinkState: 'online', sinkError: undefined, heardDevices: [] },
  },
  hub: { phase: 'running', linkSinceMs: NOON, figures: { link: 'up', received: 353, repeated: 3, missing: 4 } },
};

describe('renderBlock', () => {
  it('gives each part its line, below the keys', () => {
    expect(renderBlock(RUNNING, PLAIN)).toEqual([
      'c cuts or restores the link · k kills the gateway · q quits',
      'vehicle  made gps0 12, can0 340, tyre-monitor 5 · 49 km/h',
      'gateway  running · backlog 4 · journaled 357 · restarts 1',
      'link     up since 12:00:05',
      'hub      received 353 · repeated 3 · missing 4',
    ]);
  });

  it('has a line for InfluxDB where there is one', () => {
    const influxdb = { state: 'paused', written: 353, backlog: 4, refused: 1, error: 'no database' };
    const figures = {
      pid: 7,
      journaled: 357,
      backlog: 4,
      sinkState: 'online',
      sinkError: undefined,
      heardDevices: [],
      influxdb,
    };
    expect(renderBlock({ ...RUNNING, gateway: { ...RUNNING.gateway, figures } }, PLAIN).at(-1)).toBe(
      'influxdb paused · written 353 · waiting 4 · refused 1 · no database',
    );
  });

  it('says how the rules are, and how many alerts the hub has', () => {
    const { figures } = RUNNING.gateway;
    const rules = { state: 'running', error: undefined, alertsAtHub: 2 };
    const state: DemoState = {
      ...RUNNING,
      gateway: { ...RUNNING.gateway, ...(figures === undefined ? {} : { figures: { ...figures, rules } }) },
    };
    expect(renderBlock(state, PLAIN)[3]).toBe('rules    running · alerts at the hub 2');
  });

  it('says so when nothing is known yet', () => {
    expect(renderBlock(initialDemoState(0), PLAIN).slice(1)).toEqual([
      'vehicle  starting',
      'gateway  down · backlog 0 · journaled 0 · restarts 0',
      'link     starting',
      'hub      starting',
    ]);
  });

  it('names what is wrong in words, not only in colour', () => {
    const { figures } = RUNNING.gateway;
    const held: DemoState = {
      ...RUNNING,
      vehicle: { ...RUNNING.vehicle, phase: 'stopped' },
      gateway: {
        ...RUNNING.gateway,
        ...(figures === undefined ? {} : { figures: { ...figures, sinkState: 'waiting', sinkError: 'cut off' } }),
      },
      hub: { ...RUNNING.hub, phase: 'down' },
    };
    const [, vehicle, , sink, , hub] = renderBlock(held, PLAIN);
    expect(vehicle).toContain('stopped');
    expect(sink).toBe('sink     waiting · cut off');
    expect(hub).toContain('down');
  });

  it('decorates with colour without changing a word', () => {
    const coloured = renderBlock(RUNNING, { ...PLAIN, isColoured: true });
    expect(coloured.join('\n')).toContain('\x1b[32m');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one.
    expect(coloured.map((line) => line.replaceAll(/\x1b\[\d*m/g, ''))).toEqual(renderBlock(RUNNING, PLAIN));
  });

  it('loses nothing on a narrow terminal, and breaks between figures', () => {
    expect(renderBlock(RUNNING, { isColoured: false, columns: 40 })).toEqual([
      'c cuts or restores the link',
      'k kills the gateway · q quits',
      'vehicle  made gps0 12, can0 340,',
      '         tyre-monitor 5',
      '         49 km/h',
      'gateway  running · backlog 4',
      '         journaled 357 · restarts 1',
      'link     up since 12:00:05',
      'hub      received 353 · repeated 3',
      '         missing 4',
    ]);
  });

  it('tells what was played apart from what was made, and what a kill may have cost while it is not nothing', () => {
    const { figures } = RUNNING.vehicle;
    const playing: DemoState = {
      ...RUNNING,
      vehicle: {
        ...RUNNING.vehicle,
        ...(figures === undefined ? {} : { figures: { ...figures, played: 7, unheard: 9 } }),
      },
    };
    expect(renderBlock(playing, PLAIN)[1]).toBe(
      'vehicle  played 7 lines · made gps0 12, can0 340, tyre-monitor 5 · perhaps unheard 9',
    );
    expect(renderLine(playing)).toMatch(/^played 7 lines · made 357 · /);
  });

  it('shows what is waited for in place of the keys', () => {
    expect(renderBlock(RUNNING, PLAIN, 'Quitting')[0]).toBe('Quitting');
  });
});

describe('renderLine', () => {
  it('tells the same on one line', () => {
    expect(renderLine(RUNNING)).toBe(
      'made 357 · gateway running · backlog 4 · journaled 357 · link up · received 353 · repeated 3 · missing 4 · restarts 1',
    );
  });
});
