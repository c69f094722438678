import { describe, expect, it } from 'vitest';
import { barrenPorts, type DemoInput, type DemoState, initialDemoState, stepDemoState } from './demo-state.ts';
import type { GatewayMessage, HubMessage, VehicleMessage } from './part-messages.ts';

/** A timeline: what happened at which second. */
function stateAfter(...inputs: readonly (readonly [atSeconds: number, input: DemoInput])[]): DemoState {
  return inputs.reduce(
    (state, [atSeconds, input]) => stepDemoState(state, atSeconds * 1000, input),
    initialDemoState(0),
  );
}

const vehicle = (message: VehicleMessage): DemoInput => ({ from: 'vehicle', message });
const hub = (message: HubMessage): DemoInput => ({ from: 'hub', message });
const gateway = (message: GatewayMessage): DemoInput => ({ from: 'gateway', message });
const link = (state: 'up' | 'cut') => hub({ event: 'status', link: state, received: 1, repeated: 0, missing: 0 });
const snapshot = (pid: number, backlog: number, ...heardDevices: string[]) =>
  gateway({ event: 'status', pid, journaled: 5, backlog, sinkState: 'online', sinkError: undefined, heardDevices });
const played = (port: string) => vehicle({ event: 'played', port, count: 9 });

describe('stepDemoState', () => {
  it('notes since when the link is as it is', () => {
    expect(stateAfter([1, link('up')], [2, link('cut')], [3, link('cut')]).hub.linkSinceMs).toBe(2000);
  });

  it('takes the snapshot of a killed gateway for nothing', () => {
    const killed = stateAfter(
      [1, { from: 'gatewayStarted', pid: 7 }],
      [2, snapshot(7, 0)],
      [3, { from: 'ended', part: 'gateway' }],
    );
    expect(stepDemoState(killed, 4000, snapshot(7, 9)).gateway).toMatchObject({ phase: 'down', heardAtMs: 2000 });
    const restarted = stepDemoState(killed, 5000, { from: 'gatewayStarted', pid: 8 });
    expect(stepDemoState(restarted, 6000, snapshot(7, 9)).gateway).toMatchObject({ phase: 'starting', startCount: 2 });
    expect(stepDemoState(restarted, 6000, snapshot(8, 9)).gateway).toMatchObject({ phase: 'running', heardAtMs: 6000 });
  });

  it('follows the vehicle to its stop', () => {
    expect(stateAfter([1, vehicle({ event: 'ready' })], [2, vehicle({ event: 'stopped' })]).vehicle.phase).toBe(
      'stopped',
    );
  });

  it('leaves errors to whoever prints them', () => {
    const error = { event: 'error', message: 'no pty', remedy: '' } as const;
    expect(stateAfter([1, vehicle(error)], [2, hub(error)])).toEqual(initialDemoState(0));
  });
});

describe('barrenPorts', () => {
  const begun = [0, { from: 'gatewayStarted', pid: 7 }] as const;

  it('names a recording of which nothing came, once that is certain', () => {
    expect(barrenPorts(stateAfter(begun, [1, played('gnss')], [2, snapshot(7, 0)]))).toEqual([]);
    expect(barrenPorts(stateAfter(begun, [1, played('gnss')], [3, snapshot(7, 0)]))).toEqual(['gnss']);
  });

  it('looks at each port for itself', () => {
    const both = [begun, [1, played('gnss')], [1, played('can')]] as const;
    expect(barrenPorts(stateAfter(...both, [3, snapshot(7, 0, 'gps0')]))).toEqual(['can']);
  });

  it('remembers what came before the gateway was killed', () => {
    const restarted = [4, { from: 'gatewayStarted', pid: 8 }] as const;
    const state = stateAfter(begun, [1, snapshot(7, 0, 'can0')], [2, played('can')], restarted, [6, snapshot(8, 0)]);
    expect(barrenPorts(state)).toEqual([]);
  });
});
