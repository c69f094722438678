import { describe, expect, it } from 'vitest';
import { type DemoState, initialDemoState } from './demo-state.ts';
import { renderBlock, renderLine } from './render.ts';

const PLAIN = { isColoured: false, columns: 100 };
const NOON = new Date(2026, 10, 20, 12, 0, 5).getTime();

const RUNNING: DemoState = {
  vehicle: {
    phase: 'running',
    figures: {
      made: { gps0: 12, can0: 340, 'tyre-monitor': 5 },
      overrun: 0,
      unheard: 0,
      sensorPending: 0,
      speedKmh: 48.6,
    },
  },
  gateway: {
    phase: 'running',
    pid: 7,
    heardAtMs: 0,
    startCount: 2,
    figures: { pid: 7, journaled: 357, backlog: 4, sinkState: 'online', sinkError: undefined },
  },
  hub: { phase: 'running', linkSinceMs: NOON, figures: { link: 'up', received: 353, repeated: 3, missing: 4 } },
};

describe('renderBlock', () => {
  it('gives each part its line, below the keys', () => {
    expect(renderBlock(RUNNING, PLAIN)).toEqual([
      'c cuts or restores the link · k kills the gateway · q quits',
      'vehicle  made gps0 12, can0 340, tyre-monitor 5 · 49 km/h',
      'gateway  running · journaled 357 · backlog 4 · restarts 1',
      'link     up since 12:00:05',
      'hub      received 353 · repeated 3 · missing 4',
    ]);
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
      'gateway  down · journaled 0 · backlog 0 · restarts 0',
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
    const [, vehicle, gateway, , hub] = renderBlock(held, PLAIN);
    expect(vehicle).toContain('stopped');
    expect(gateway).toContain('sink waiting: cut off');
    expect(hub).toContain('down');
  });

  it('decorates with colour without changing a word', () => {
    const coloured = renderBlock(RUNNING, { ...PLAIN, isColoured: true });
    expect(coloured.join('\n')).toContain('\x1b[32m');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one.
    expect(coloured.map((line) => line.replaceAll(/\x1b\[\d*m/g, ''))).toEqual(renderBlock(RUNNING, PLAIN));
  });

  it('never wraps: a line that is too long is cut', () => {
    for (const line of renderBlock(RUNNING, { isColoured: false, columns: 20 }))
      expect(line.length).toBeLessThanOrEqual(20);
  });

  it('shows what is waited for in place of the keys', () => {
    expect(renderBlock(RUNNING, PLAIN, 'Quitting')[0]).toBe('Quitting');
  });
});

describe('renderLine', () => {
  it('tells the same on one line', () => {
    expect(renderLine(RUNNING)).toBe(
      'made 357 · gateway running · journaled 357 · backlog 4 · link up · received 353 · repeated 3 · missing 4 · restarts 1',
    );
  });
});
