import type { FaultKind } from '#firmware-sim/protocol.ts';
import { CONDITION_KINDS, type Condition, type ConditionKind } from '#firmware-sim/receiver/condition.ts';
import { type NumberRange, ObjectReader } from './object-reader.ts';

/** What can go wrong at a port. */
export const FAULT_KINDS = ['unplug', 'replug', 'silence', 'garbage'] as const satisfies readonly FaultKind[];

/** A fault at a port of the scenario; see `Fault` in `protocol.ts` for what each does. */
export interface PortFault {
  readonly do: FaultKind;
  readonly port: string;
  /** Only for `silence`. */
  readonly durationMs?: number;
}

/** A fault and when it comes. */
export interface ScenarioStep<Fault extends PortFault = PortFault> {
  /** Milliseconds since the ports were ready. */
  readonly atMs: number;
  readonly fault: Fault;
}

/** A condition and whom it concerns; all receivers where no port is named. */
export interface PortCondition extends Condition {
  readonly port?: string;
}

/** The section `steps`, sorted out; faults are in order of time. */
export interface StepSection {
  readonly faults: readonly ScenarioStep[];
  readonly conditions: readonly PortCondition[];
  /** When a leap second begins. */
  readonly leapAtMs?: number;
}

/**
 * Reads the section `steps`.
 *
 * @param ports that a step may name
 * @param problems is added to
 */
export function readSteps(steps: readonly unknown[], ports: readonly string[], problems: string[]): StepSection {
  const faults: ScenarioStep[] = [];
  const conditions: PortCondition[] = [];
  const leaps: number[] = [];
  for (const [index, step] of steps.entries()) {
    const read = new ObjectReader(step, `steps[${index}]`, problems);
    if (typeof step !== 'object' || step === null || Array.isArray(step)) continue;
    const atMs = read.number('atMs', DURATION) ?? 0;
    if (!read.has('atMs')) read.problem('atMs', DURATION.expectation);
    const kind = read.oneOf('do', STEP_KINDS);
    if (isOneOf(kind, FAULT_KINDS)) faults.push({ atMs, fault: readFaultAt(read, kind, ports) });
    else if (isOneOf(kind, CONDITION_KINDS)) conditions.push(readCondition(read, kind, atMs, ports));
    else if (kind === 'leapSecond') leaps.push(atMs);
    else for (const key of ['port', 'durationMs', 'offsetM']) read.raw(key);
    read.finish();
  }
  if (leaps.length > 1) problems.push('steps: at most one leapSecond');
  const [leapAtMs] = leaps;
  return {
    faults: faults.toSorted((a, b) => a.atMs - b.atMs),
    conditions,
    ...(leapAtMs === undefined ? {} : { leapAtMs }),
  };
}

/** Reads a fault that comes now: `{"do": …, "port": …}`. */
export function readFault<Port extends string>(
  value: unknown,
  place: string,
  ports: readonly Port[],
  problems: string[],
): PortFault & { readonly port: Port } {
  const read = new ObjectReader(value, place, problems);
  const kind = read.oneOf('do', FAULT_KINDS) ?? 'silence';
  const fault = readFaultAt(read, kind, ports);
  read.finish();
  return fault;
}

const STEP_KINDS = [...FAULT_KINDS, ...CONDITION_KINDS, 'leapSecond'] as const;
const DURATION: NumberRange = { min: 0, max: Number.MAX_SAFE_INTEGER, expectation: 'milliseconds, 0 or more' };
const OFFSET: NumberRange = { min: 0, max: 100_000, expectation: 'metres, 0 to 100000' };

/** How far off a position is where the step does not say. */
const DEFAULT_OFFSETS_M: Readonly<Partial<Record<ConditionKind, number>>> = { multipath: 45, drift: 15 };

function isOneOf<Name extends string>(value: string | undefined, names: readonly Name[]): value is Name {
  return names.some((name) => name === value);
}

function readFaultAt<Port extends string>(read: ObjectReader, kind: FaultKind, ports: readonly Port[]) {
  const durationMs = read.number('durationMs', DURATION);
  if (kind !== 'silence' && read.has('durationMs')) read.problem('durationMs', 'only for silence');
  // Without a port there is a problem, and the fault is not used.
  const port = read.oneOf('port', ports) ?? ('' as Port);
  return { do: kind, port, ...(durationMs === undefined ? {} : { durationMs }) };
}

function readCondition(read: ObjectReader, kind: ConditionKind, atMs: number, ports: readonly string[]): PortCondition {
  const durationMs = read.number('durationMs', DURATION);
  if (!read.has('durationMs') && kind !== 'rollover') read.problem('durationMs', DURATION.expectation);
  const defaultOffsetM = DEFAULT_OFFSETS_M[kind];
  if (defaultOffsetM === undefined && read.has('offsetM')) read.problem('offsetM', 'only for multipath and drift');
  const offsetM = read.number('offsetM', OFFSET) ?? defaultOffsetM ?? 0;
  const port = read.has('port') ? read.oneOf('port', ports) : undefined;
  const toMs = atMs + (durationMs ?? Number.POSITIVE_INFINITY);
  return { kind, fromMs: atMs, toMs, offsetM, ...(port === undefined ? {} : { port }) };
}
