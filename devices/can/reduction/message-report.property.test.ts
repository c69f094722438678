import fc from 'fast-check';
import { expect, it } from 'vitest';
import { encodeMessage } from '#devices/can/dbc/encode-message.ts';
import { type ReportRules, ruleOf } from './report-rules.ts';
import { decoderOf, type LoggedReport, openLoggedBus } from './testing/report-log.ts';

const ENGINE = decoderOf(`BO_ 256 Engine: 8 ECU
 SG_ Speed : 0|16@1+ (0.5,0) [0|8000] "rpm" X
 SG_ Heat : 16|8@1- (1,0) [0|0] "C" X
 SG_ Mode : 24|8@1+ (1,0) [0|3] "" X
 SG_ Brake : 32|1@1+ (1,0) [0|1] "" X
VAL_ 256 Mode 0 "Off" 1 "Eco" 2 "Sport" ;`);
const [{ message }] = ENGINE.messages as [(typeof ENGINE.messages)[number]];
const ANALOGUE = ['Speed', 'Heat'] as const;
const DISCRETE = ['Mode', 'Brake'] as const;

interface Sample {
  readonly Speed: number;
  readonly Heat: number;
  readonly Mode: number;
  readonly Brake: number;
}

/** A frame or a tick, so long after the one before. */
interface Step {
  readonly afterMs: number;
  /** Absent for a tick. */
  readonly sample?: Sample;
}

const interval = fc.constantFrom(undefined, 0, 50, 200, 1000);
const rule = fc.record({
  minIntervalMs: interval,
  maxIntervalMs: fc.constantFrom(undefined, 0, 100, 1500, 10_000),
  deadband: fc.constantFrom(undefined, 0, 1, 25),
  deadbandPercent: fc.constantFrom(undefined, 0, 10),
  drop: fc.constantFrom(undefined, undefined, undefined, false, true),
});
const rules: fc.Arbitrary<ReportRules> = fc.record(
  { default: rule, Engine: rule, 'Engine.Speed': rule, 'Engine.Heat': rule, 'Engine.Mode': rule },
  { requiredKeys: [] },
);
const sample: fc.Arbitrary<Sample> = fc.record({
  Speed: fc.oneof(fc.integer({ min: 190, max: 260 }), fc.nat(16_000)).map((raw) => raw / 2),
  Heat: fc.integer({ min: -3, max: 3 }),
  Mode: fc.constantFrom(0, 0, 0, 1, 2),
  Brake: fc.constantFrom(0, 0, 0, 0, 1),
});
const history: fc.Arbitrary<Step[]> = fc
  .array(
    fc.tuple(
      fc.constantFrom(0, 1, 10, 10, 10, 10, 100, 500, 3000),
      fc.constantFrom('tick', 'repeat', 'repeat', 'new', 'new'),
      sample,
    ),
    { maxLength: 80 },
  )
  .map((steps) => {
    let last: Sample | undefined;
    return steps.map(([afterMs, kind, fresh]) => {
      if (kind === 'tick') return { afterMs };
      last = kind === 'repeat' && last !== undefined ? last : fresh;
      return { afterMs, sample: last };
    });
  });

/** What must be reported after each step, straight from the words of the rules, with everything looked up anew each time. */
function expected(ruleSet: ReportRules, steps: readonly Step[]): LoggedReport[] {
  const ruleFor = (name: string) => ruleOf(ruleSet, 'Engine', name);
  const kept = [...ANALOGUE, ...DISCRETE].filter((name) => !ruleFor(name).drop);
  const told: (LoggedReport & { readonly atMs: number })[] = [];
  if (kept.length === 0) return [];
  let nowMs = 0;
  let heard: { readonly atMs: number; readonly order: number; readonly sample: Sample } | undefined;
  let toldOrder = -1;
  for (const [order, step] of steps.entries()) {
    nowMs += step.afterMs;
    if (step.sample !== undefined) heard = { atMs: nowMs, order, sample: step.sample };
    if (heard === undefined || heard.order <= toldOrder) continue;
    const before = told.at(-1);
    const { sample: now } = heard;
    const isDue = (name: keyof Sample) => {
      if (before === undefined) return true;
      const { deadband, deadbandPercent, minIntervalMs, maxIntervalMs } = ruleFor(name);
      const sinceMs = nowMs - before.atMs;
      const old = before.values[name] ?? 0;
      if (maxIntervalMs > 0 && sinceMs >= maxIntervalMs) return true;
      if (name === 'Mode' || name === 'Brake') return now[name] !== old;
      const band = Math.max(deadband, (deadbandPercent / 100) * Math.abs(old));
      return Math.abs(now[name] - old) > band && sinceMs >= minIntervalMs;
    };
    if (!kept.some(isDue)) continue;
    toldOrder = heard.order;
    const values = Object.fromEntries(kept.map((name) => [name, now[name]]));
    told.push({ message: 'Engine', heardMs: heard.atMs, values, atMs: nowMs });
  }
  return told.map(({ atMs: _, ...report }) => report);
}

it('reports what the words of the rules say, whatever the history', () => {
  fc.assert(
    fc.property(rules, history, (ruleSet, steps) => {
      const { bus, reports } = openLoggedBus(ENGINE, ruleSet);
      let nowMs = 0;
      for (const { afterMs, sample: values } of steps) {
        nowMs += afterMs;
        if (values === undefined) bus.tick(nowMs);
        else bus.take(256, false, encodeMessage(message, { ...values }), nowMs);
      }
      expect(reports).toEqual(expected(ruleSet, steps));
    }),
    { numRuns: 1500 },
  );
});

it('never leaves the truth by more than the deadband after minIntervalMs, misses no change of state, and repeats in time', () => {
  const TICK_MS = 500;
  const rulesOfAll = fc.record({
    minIntervalMs: fc.constantFrom(0, 50, 200, 1000),
    maxIntervalMs: fc.constantFrom(1500, 10_000),
    deadband: fc.constantFrom(0, 1, 25),
    deadbandPercent: fc.constantFrom(0, 10),
  });
  fc.assert(
    fc.property(rulesOfAll, history, (all, steps) => {
      const { bus, reports } = openLoggedBus(ENGINE, { default: all });
      const states: string[] = [];
      let nowMs = 0;
      let reportedMs = Number.NEGATIVE_INFINITY;
      let count = 0;
      let truth: Sample | undefined;
      let heardMs = Number.NEGATIVE_INFINITY;
      const look = () => {
        if (reports.length > count) reportedMs = nowMs;
        count = reports.length;
        const told = reports.at(-1)?.values;
        if (truth === undefined || told === undefined) return;
        for (const name of ANALOGUE) {
          const old = told[name] ?? 0;
          const band = Math.max(all.deadband, (all.deadbandPercent / 100) * Math.abs(old));
          if (nowMs - reportedMs >= all.minIntervalMs) expect(Math.abs(truth[name] - old)).toBeLessThanOrEqual(band);
        }
        for (const name of DISCRETE) expect(told[name]).toBe(truth[name]);
        if (heardMs > reportedMs) expect(nowMs - reportedMs).toBeLessThan(all.maxIntervalMs);
      };
      for (const step of steps) {
        // Ticks come whatever else does.
        for (let leftMs = step.afterMs; leftMs > 0; leftMs -= TICK_MS) {
          nowMs += Math.min(TICK_MS, leftMs);
          bus.tick(nowMs);
          look();
        }
        if (step.sample === undefined) continue;
        truth = step.sample;
        heardMs = nowMs;
        const state = `${truth.Mode} ${truth.Brake}`;
        if (states.at(-1) !== state) states.push(state);
        bus.take(256, false, encodeMessage(message, { ...truth }), nowMs);
        look();
      }
      const told = reports.map(({ values }) => `${values['Mode']} ${values['Brake']}`);
      expect(told.filter((state, place) => state !== told[place - 1])).toEqual(states);
    }),
    { numRuns: 500 },
  );
});
