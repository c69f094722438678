import { describe, expect, it } from 'vitest';
import { type DemoState, initialDemoState } from './demo-state.ts';
import type { AuditFigures } from './part-messages.ts';
import { beginQuit, describeQuit, judge, type QuitAction, stepQuit } from './quit-sequence.ts';

const AUDIT: AuditFigures = { made: 9, missing: 0, extra: 0, repeated: 2, outOfOrder: 0, wrongValues: 0, unheard: 1 };

/** What the launcher knows while quitting; the defaults are a demo in good health. */
interface Seen {
  readonly vehicle?: DemoState['vehicle']['phase'];
  readonly gateway?: DemoState['gateway']['phase'];
  readonly hub?: DemoState['hub']['phase'];
  readonly link?: 'up' | 'cut';
  readonly backlog?: number;
  readonly sinkState?: string;
  readonly influxdb?: { readonly state: string; readonly backlog: number };
  readonly heardAtMs?: number;
  readonly missing?: number;
  readonly audit?: AuditFigures;
  readonly isRestGone?: boolean;
  readonly sensorPending?: number;
  readonly played?: number;
}

function stateOf(seen: Seen): DemoState {
  const { backlog = 0, link = 'up', missing = 0, audit } = seen;
  const state = initialDemoState(0);
  return {
    vehicle: {
      ...state.vehicle,
      phase: seen.vehicle ?? 'running',
      figures: {
        made: { gps0: 9 },
        played: seen.played ?? 0,
        overrun: 0,
        unheard: 0,
        sensorPending: seen.sensorPending ?? 0,
        speedKmh: 0,
      },
    },
    gateway: {
      ...state.gateway,
      phase: seen.gateway ?? 'running',
      heardAtMs: seen.heardAtMs ?? 0,
      startCount: 2,
      figures: {
        ...{ pid: 7, journaled: 9, backlog, sinkError: undefined, heardDevices: [] },
        sinkState: seen.sinkState ?? 'online',
        ...(seen.influxdb === undefined
          ? {}
          : { influxdb: { ...seen.influxdb, written: 0, refused: 0, error: undefined } }),
      },
    },
    hub: {
      ...state.hub,
      phase: seen.hub ?? 'running',
      figures: { link, received: 9, repeated: 0, missing },
      ...(audit === undefined ? {} : { audit }),
    },
  };
}

/** Plays a timeline and tells what was done at which second, with the step that followed. */
function play(...timeline: readonly (readonly [atSeconds: number, seen: Seen])[]) {
  const [begun, first] = beginQuit(0);
  let quit = begun;
  const done: string[] = first.map((action) => `0 ${action}`);
  for (const [atSeconds, seen] of timeline) {
    let actions: readonly QuitAction[];
    [quit, actions] = stepQuit(quit, atSeconds * 1000, stateOf(seen), seen.isRestGone ?? false);
    for (const action of actions) done.push(`${atSeconds} ${action}`);
  }
  return { done, quit };
}

describe('stepQuit', () => {
  it('goes from the vehicle to the last process in order', () => {
    const { done, quit } = play(
      [1, { vehicle: 'running' }],
      [2, { vehicle: 'stopped', heardAtMs: 1_500, backlog: 0 }],
      [3, { vehicle: 'stopped', heardAtMs: 1_500, backlog: 0 }],
      [4, { vehicle: 'stopped', heardAtMs: 3_500, backlog: 6 }],
      [5, { vehicle: 'stopped', heardAtMs: 4_500, backlog: 0 }],
      [6, {}],
      [7, { audit: AUDIT }],
      [8, { gateway: 'running' }],
      [9, { gateway: 'down' }],
      [10, {}],
      [11, { isRestGone: true }],
    );
    expect(done).toEqual(['0 stopVehicle', '5 askAudit', '7 stopGateway', '9 endRest']);
    expect(quit).toMatchObject({ step: 'done', isDrained: true });
  });

  it('gives what the gateway no longer holds a moment to reach the hub', () => {
    const late = { vehicle: 'stopped', backlog: 0, missing: 1 } as const;
    const { done } = play(
      [1, late],
      [3, { ...late, heardAtMs: 3_000 }],
      [5, { ...late, heardAtMs: 5_000 }],
      [6, { ...late, heardAtMs: 6_000 }],
    );
    expect(done).toEqual(['0 stopVehicle', '6 askAudit']);
  });

  it('drains for as long as the backlog falls', () => {
    const falling = Array.from({ length: 10 }, (_, index) => {
      const atSeconds = 2 + index * 10;
      return [atSeconds, { vehicle: 'stopped', backlog: 100 - index, heardAtMs: atSeconds * 1000 }] as const;
    });
    expect(play([1, { vehicle: 'stopped' }], ...falling).done).toEqual(['0 stopVehicle']);
    const stalled = play([1, { vehicle: 'stopped' }], ...falling, [107, { backlog: 91, heardAtMs: 107_000 }]);
    expect(stalled.done).toEqual(['0 stopVehicle', '107 askAudit']);
    expect(stalled.quit.isDrained).toBe(false);
  });

  it('gives up draining after two minutes, however well it goes', () => {
    const falling = Array.from({ length: 25 }, (_, index) => {
      const atSeconds = 2 + index * 5;
      return [atSeconds, { vehicle: 'stopped', backlog: 100 - index, heardAtMs: atSeconds * 1000 }] as const;
    });
    expect(play([1, { vehicle: 'stopped' }], ...falling).done).toEqual(['0 stopVehicle', '122 askAudit']);
  });

  it('does not wait for a cut link, only for the count of what waits', () => {
    const cut = { vehicle: 'stopped', link: 'cut', backlog: 50 } as const;
    const { done, quit } = play([1, cut], [2, { ...cut, heardAtMs: 1_900 }], [3, { ...cut, heardAtMs: 2_900 }]);
    expect(done).toEqual(['0 stopVehicle', '3 askAudit']);
    expect(quit.isDrained).toBe(false);
  });

  it('takes a journal with nothing in it for drained, though the link is cut', () => {
    const cut = { vehicle: 'stopped', link: 'cut', backlog: 0 } as const;
    expect(play([1, cut], [3, { ...cut, heardAtMs: 2_900 }]).quit).toMatchObject({ step: 'audit', isDrained: true });
  });

  it('comes to an end though nobody answers', () => {
    const { done, quit } = play(
      [10, {}],
      [25, { backlog: 5 }],
      [35, {}],
      [50, {}],
      [51, { gateway: 'down' }],
      [56, {}],
      [57, { isRestGone: true }],
    );
    expect(done).toEqual([
      '0 stopVehicle',
      '25 askAudit',
      '35 stopGateway',
      '50 killGateway',
      '51 endRest',
      '56 killRest',
    ]);
    expect(quit.step).toBe('done');
  });

  it('waits for nothing that only a gateway could do when there will be none', () => {
    const failed = { gateway: 'failed' } as const;
    const { done } = play([1, failed], [2, failed], [3, { ...failed, audit: AUDIT }], [4, failed]);
    expect(done).toEqual(['0 stopVehicle', '2 askAudit', '3 stopGateway', '4 endRest']);
  });

  it('skips parts that are gone', () => {
    const gone = { vehicle: 'down', hub: 'down', gateway: 'down', isRestGone: true } as const;
    const { done } = play([1, gone], [6, gone], [7, gone], [8, gone], [9, gone]);
    expect(done).toEqual(['0 stopVehicle', '6 askAudit', '7 stopGateway', '8 endRest']);
  });
});

describe('describeQuit', () => {
  it('says what is waited for, with its count', () => {
    const [quit] = beginQuit(0);
    expect(describeQuit(quit, stateOf({ sensorPending: 3 }))).toContain('3 sensor messages');
    expect(describeQuit({ ...quit, step: 'drain' }, stateOf({ backlog: 12 }))).toContain('12 events');
    expect(describeQuit({ ...quit, step: 'drain' }, stateOf({ backlog: 0 }))).toContain('on its way');
    expect(describeQuit({ ...quit, step: 'drain' }, stateOf({ backlog: 7, link: 'cut' }))).toContain('7 events');
  });
});

describe('judge', () => {
  it('prints every figure of the audit', () => {
    expect(judge(stateOf({ audit: AUDIT }), true, false)).toEqual({
      lines: [
        'made 9 · missing 0 · extra 0 · repeated 2 · unheard 1 · out of order 0 · wrong values 0 · journaled 9 · restarts 1',
        'Everything that the gateway heard is at the hub, each source in order; 1 on a serial line went with a gateway that was killed.',
      ],
      exitCode: 0,
    });
  });

  it('says that everything is there only where nothing was unheard', () => {
    expect(judge(stateOf({ audit: { ...AUDIT, unheard: 0 } }), true, false).lines[1]).toBe(
      'Everything that was made is at the hub, each source in order.',
    );
  });

  it('claims no more for a recording than it knows', () => {
    const [figures, text] = judge(stateOf({ audit: AUDIT, played: 13_351 }), true, true).lines;
    expect(figures).toMatch(/^played 13351 lines · made 9 · missing 0/);
    expect(text).toContain('Recorded lines are not counted as made');
  });

  it.each(['missing', 'extra', 'outOfOrder', 'wrongValues'] as const)('fails on %s', (figure) => {
    expect(judge(stateOf({ audit: { ...AUDIT, [figure]: 1 } }), true, false).exitCode).toBe(1);
  });

  it('takes what waits in the journal for late, and anything beyond that for lost', () => {
    const late = judge(stateOf({ audit: { ...AUDIT, missing: 4 }, backlog: 4, link: 'cut' }), false, false);
    expect(late).toEqual({
      lines: [
        'made 9 · not yet at the hub 4 · extra 0 · repeated 2 · unheard 1 · out of order 0 · wrong values 0 · journaled 9 · restarts 1',
        'The link is cut: 4 events stay in the journal, and the next run sends them. (Press c before q to let them drain.)',
      ],
      exitCode: 0,
    });
    const lost = judge(stateOf({ audit: { ...AUDIT, missing: 5 }, backlog: 4, link: 'cut' }), false, false);
    expect(lost.exitCode).toBe(1);
    expect(lost.lines[0]).toContain('not yet at the hub 4 · missing 1 ·');
  });

  it.each([
    ['online', 'The hub has not taken everything yet: 4 events stay in the journal, and the next run sends them.'],
    ['waiting', 'The hub does not answer: 4 events stay in the journal, and the next run sends them.'],
    ['paused', 'The hub refuses: 4 events stay in the journal, and the next run sends them.'],
  ])('says why the journal did not drain, by what the gateway knew of a sink that is %s', (sinkState, line) => {
    // Every process has ended when this is printed.
    const state = stateOf({ audit: { ...AUDIT, missing: 4 }, backlog: 4, sinkState, hub: 'down' });
    expect(judge(state, false, false).lines[1]).toBe(line);
  });

  it('says that InfluxDB is what did not drain, and that the hub has everything', () => {
    const influxdb = { state: 'waiting', backlog: 1 };
    const verdict = judge(stateOf({ audit: AUDIT, influxdb, hub: 'down' }), false, false);
    expect(verdict.exitCode).toBe(0);
    expect(verdict.lines[0]).toContain('made 9 · missing 0 · extra 0');
    expect(verdict.lines.slice(1)).toEqual([
      'InfluxDB does not answer: 1 event stays in the journal, and the next run writes it.',
      'Everything that the gateway heard is at the hub, each source in order; 1 on a serial line went with a gateway that was killed.',
    ]);
  });

  it('names every sink that did not drain', () => {
    const influxdb = { state: 'online', backlog: 3 };
    const state = stateOf({ audit: { ...AUDIT, missing: 2 }, backlog: 2, link: 'cut', influxdb });
    expect(judge(state, false, false).lines.slice(1)).toEqual([
      'The link is cut: 2 events stay in the journal, and the next run sends them. (Press c before q to let them drain.)',
      'InfluxDB has not taken everything yet: 3 events stay in the journal, and the next run writes them.',
    ]);
  });

  it('says nothing of a sink for which nothing waits, though the hub did not answer', () => {
    expect(judge(stateOf({ hub: 'down' }), false, false).lines).toEqual([
      'There was no audit: the hub did not answer.',
    ]);
  });

  it('takes what the sensor still holds for late, too', () => {
    const audit = { ...AUDIT, missing: 4 };
    expect(judge(stateOf({ audit, backlog: 3, sensorPending: 1 }), false, false).exitCode).toBe(0);
  });

  it('fails without an audit', () => {
    expect(judge(stateOf({}), true, false).exitCode).toBe(1);
  });
});
