import { describe, expect, it } from 'vitest';
import { decoderOf, openLoggedBus } from './testing/report-log.ts';

const ENGINE = decoderOf(`BO_ 256 Engine: 8 ECU
 SG_ Speed : 0|16@1+ (0.5,0) [0|8000] "rpm" X
 SG_ Heat : 16|8@1- (1,0) [0|0] "C" X
 SG_ Mode : 24|8@1+ (1,0) [0|3] "" X
 SG_ Brake : 32|1@1+ (1,0) [0|1] "" X
VAL_ 256 Mode 0 "Off" 1 "Eco" 2 "Sport" ;`);

function frame({ speed = 0, heat = 0, mode = 0, brake = 0 }): Uint8Array {
  return Uint8Array.of((speed * 2) & 0xff, (speed * 2) >> 8, heat & 0xff, mode, brake, 0, 0, 0);
}

/** Plays payloads at their times, and gives the times and values of what is reported. */
function play(rules: Parameters<typeof openLoggedBus>[1], steps: readonly (readonly [number, Uint8Array | 'tick'])[]) {
  const { bus, reports } = openLoggedBus(ENGINE, rules);
  const log: unknown[] = [];
  for (const [nowMs, step] of steps) {
    if (step === 'tick') bus.tick(nowMs);
    else bus.take(256, false, step, nowMs);
    for (const { values } of reports.splice(0)) log.push([nowMs, values['Speed'], values['Mode']]);
  }
  return log;
}

describe('MessageReport', () => {
  it('reports the first payload, then only changes, and repeats what comes every ten seconds', () => {
    const steady = frame({ speed: 100 });
    const steps = [0, 10, 9_990, 10_000, 10_010, 20_000].map((nowMs) => [nowMs, steady] as const);
    expect(play({}, [...steps.slice(0, 2), [20, frame({ speed: 101 })], [30, steady], ...steps.slice(2)])).toEqual([
      [0, 100, 0],
      [20, 101, 0],
      [30, 100, 0],
      [20_000, 100, 0],
    ]);
  });

  it('holds a value back until minIntervalMs is over, and never loses the last one', () => {
    const rules = { default: { minIntervalMs: 200 } };
    expect(
      play(rules, [
        [0, frame({ speed: 100 })],
        [50, frame({ speed: 110 })],
        [100, frame({ speed: 120 })],
        [150, frame({ speed: 120 })],
        [200, 'tick'],
        [700, 'tick'],
      ]),
    ).toEqual([
      [0, 100, 0],
      [200, 120, 0],
    ]);
  });

  it('lets a value that came back within the interval be', () => {
    const rules = { default: { minIntervalMs: 200 } };
    const steps = [
      [0, frame({ speed: 100 })],
      [50, frame({ speed: 110 })],
      [90, frame({ speed: 100 })],
    ] as const;
    expect(play(rules, [...steps, [500, 'tick'], [1000, 'tick']])).toEqual([[0, 100, 0]]);
  });

  it('reports each change of an enumeration or a bit at once, also within minIntervalMs', () => {
    const rules = { default: { minIntervalMs: 60_000 } };
    const steps = [0, 1, 2, 1].map((mode, place) => [place, frame({ mode })] as const);
    expect(play(rules, steps)).toEqual([
      [0, 0, 0],
      [1, 0, 1],
      [2, 0, 2],
      [3, 0, 1],
    ]);
    expect(
      play(
        rules,
        [0, 1, 0].map((brake, place) => [place, frame({ brake })] as const),
      ),
    ).toHaveLength(3);
  });

  it('passes over what stays in the deadband around what was reported last, however it got there', () => {
    const rules = { 'Engine.Speed': { deadband: 25 } };
    const speeds = [100, 110, 125, 125.5, 101, 100, 150.5];
    expect(
      play(
        rules,
        speeds.map((speed, place) => [place, frame({ speed })] as const),
      ),
    ).toEqual([
      [0, 100, 0],
      [3, 125.5, 0],
      [5, 100, 0],
      [6, 150.5, 0],
    ]);
  });

  it('takes a deadband in percent of what was reported last, or the absolute one if that is larger', () => {
    const steps = [100, 110, 110.5, 10, 11, 11.5].map((speed, place) => [place, frame({ speed })] as const);
    const changes = [100, 110.5, 10, 11.5];
    const speedsOf = (log: unknown[]) => log.map((entry) => (Array.isArray(entry) ? entry[1] : undefined));
    expect(speedsOf(play({ Engine: { deadbandPercent: 10 } }, steps))).toEqual(changes);
    expect(speedsOf(play({ Engine: { deadbandPercent: 10, deadband: 2 } }, steps))).toEqual([100, 110.5, 10]);
  });

  it('repeats nothing of a sender that fell silent', () => {
    const ticks = Array.from({ length: 100 }, (_, place) => [1000 * (place + 1), 'tick'] as const);
    expect(play({ default: { maxIntervalMs: 1000 } }, [[0, frame({ speed: 5 })], ...ticks])).toEqual([[0, 5, 0]]);
  });

  it('repeats what was received since, when the next frame is later than maxIntervalMs', () => {
    const steady = frame({ speed: 5 });
    expect(
      play({}, [
        [0, steady],
        [8000, steady],
        [10_000, 'tick'],
        [10_500, 'tick'],
        [16_000, steady],
      ]),
    ).toEqual([
      [0, 5, 0],
      [10_000, 5, 0],
    ]);
  });

  it('repeats nothing with maxIntervalMs 0', () => {
    const steady = frame({ speed: 5 });
    expect(
      play({ default: { maxIntervalMs: 0 } }, [
        [0, steady],
        [1e9, steady],
      ]),
    ).toEqual([[0, 5, 0]]);
  });

  it('leaves a dropped signal out, and gives it no weight', () => {
    const { bus, reports } = openLoggedBus(ENGINE, { 'Engine.Speed': { drop: true } });
    for (let nowMs = 0; nowMs < 100; nowMs++) bus.take(256, false, frame({ speed: nowMs }), nowMs);
    expect(reports).toEqual([{ message: 'Engine', heardMs: 0, values: { Heat: 0, Mode: 0, Brake: 0 } }]);
  });

  it('counts the frames of a dropped message', () => {
    const { bus, reports } = openLoggedBus(ENGINE, { default: { drop: true } });
    bus.take(256, false, frame({}), 0);
    expect(reports).toEqual([]);
    expect(bus.counts).toEqual({ unchangedCount: 0, droppedCount: 1, knownIdCount: 1 });
  });

  it('tells integers apart by every digit', () => {
    const wide = decoderOf('BO_ 1 Wide: 8 X\n SG_ Odometer : 0|64@1+ (1,0) [0|0] "" X');
    const { bus, reports } = openLoggedBus(wide, {});
    bus.take(1, false, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0x7f), 0);
    bus.take(1, false, Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0x7f), 1);
    expect(reports).toHaveLength(2);
  });

  it('reports a value that disappears, and one that becomes a number', () => {
    const { bus, reports } = openLoggedBus(ENGINE, { default: { deadband: 1000 } });
    bus.take(256, false, frame({}), 0);
    bus.take(256, false, Uint8Array.of(0, 0), 1);
    bus.take(256, false, frame({}), 2);
    expect(reports.map(({ values }) => Object.keys(values))).toEqual([
      ['Speed', 'Heat', 'Mode', 'Brake'],
      ['Speed'],
      ['Speed', 'Heat', 'Mode', 'Brake'],
    ]);
    const ratio = decoderOf('BO_ 1 Heat: 4 X\n SG_ Ratio : 0|32@1- (1,0) [0|0] "" X\nSIG_VALTYPE_ 1 Ratio : 1;');
    const { bus: floats, reports: ratios } = openLoggedBus(ratio, { default: { deadband: 1000 } });
    const nan = Uint8Array.of(0, 0, 0xc0, 0x7f);
    for (const [place, data] of [nan, Uint8Array.of(1, 0, 0xc0, 0x7f), Uint8Array.of(0, 0, 0, 0), nan].entries())
      floats.take(1, false, data, place);
    expect(ratios.map(({ values }) => values['Ratio'])).toEqual([Number.NaN, 0, Number.NaN]);
  });

  it('gives out at the end what it holds', () => {
    const { bus, reports } = openLoggedBus(ENGINE, { default: { minIntervalMs: 1000 } });
    bus.take(256, false, frame({ speed: 1 }), 0);
    bus.take(256, false, frame({ speed: 2 }), 10);
    bus.flush(20);
    bus.flush(30);
    expect(reports.map(({ values }) => values['Speed'])).toEqual([1, 2]);
  });
});

describe('a window', () => {
  it('reports what a span comes to, repeats among the samples, and enumerations apart from it', () => {
    const { bus, reports } = openLoggedBus(ENGINE, { Engine: { windowMs: 1000 } });
    for (const [nowMs, speed] of [
      [0, 10],
      [250, 20],
      [500, 20],
      [750, 6],
    ] as const)
      bus.take(256, false, frame({ speed, mode: 1 }), nowMs);
    bus.tick(999);
    expect(reports.splice(0)).toEqual([{ message: 'Engine', heardMs: 0, values: { Mode: 1, Brake: 0 } }]);
    bus.take(256, false, frame({ speed: 7, mode: 1 }), 1000);
    expect(reports.splice(0)).toEqual([
      {
        ...{ message: 'Engine', heardMs: 750, frames: 4, durationMs: 750 },
        values: { Speed: 6, Heat: 0 },
        sums: { Speed: [6, 20, 14, 4], Heat: [0, 0, 0, 4] },
      },
    ]);
    bus.tick(2000);
    expect(reports.splice(0)).toMatchObject([{ heardMs: 1000, frames: 1, sums: { Speed: [7, 7, 7, 1] } }]);
    bus.tick(9000);
    bus.flush(9001);
    expect(reports).toEqual([]);
  });
});
