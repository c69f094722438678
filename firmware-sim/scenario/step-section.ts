import type { CanFault } from '#firmware-sim/can/can-spec.ts';
import type { Elm327Fault } from '#firmware-sim/elm327/elm327-spec.ts';
import type { FaultKind } from '#firmware-sim/protocol.ts';
import { CONDITION_KINDS, type Condition, type ConditionKind } from '#firmware-sim/receiver/condition.ts';
import { type NumberRange, ObjectReader } from './object-reader.ts';

/** What can go wrong at a port. */
export const FAULT_KINDS = ['unplug', 'replug', 'silence', 'garbage'] as const satisfies readonly FaultKind[];

/** A fault at a port of the scenario. */
export type PortFault = LineFault | DeviceFault;

/** What only devices of one kind know. */
export type DeviceFault = CanFault | Elm327Fault;

/** A fault that any port can have; see `Fault` in `protocol.ts` for what each does. */
export interface LineFault {
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

/** How the steps of one kind of device are read: the members besides `atMs`, `do` and `port`, by the name of the fault. */
export type FaultReaders<Fault extends PortFault> = {
  readonly [Kind in Fault['do']]?: (read: ObjectReader, port: string) => Fault;
};

/** What a step may name. */
export interface StepPort {
  readonly name: string;
  /** Faults of its own. */
  readonly faults: FaultReaders<DeviceFault>;
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
 * @param ports that a fault may name
 * @param receivers that a condition may name
 * @param problems is added to
 */
export function readSteps(
  steps: readonly unknown[],
  ports: readonly StepPort[],
  receivers: readonly string[],
  problems: string[],
): StepSection {
  const names = ports.map(({ name }) => name);
  const stepKinds = [...new Set([...STEP_KINDS, ...ports.flatMap(({ faults }) => Object.keys(faults))])];
  const faults: ScenarioStep[] = [];
  const conditions: PortCondition[] = [];
  const leaps: number[] = [];
  for (const [index, step] of steps.entries()) {
    const read = new ObjectReader(step, `steps[${index}]`, problems);
    if (typeof step !== 'object' || step === null || Array.isArray(step)) continue;
    const atMs = read.number('atMs', DURATION) ?? 0;
    if (!read.has('atMs')) read.problem('atMs', DURATION.expectation);
    const kind = read.oneOf('do', stepKinds);
    if (isOneOf(kind, FAULT_KINDS)) faults.push({ atMs, fault: readFaultAt(read, kind, names) });
    else if (isOneOf(kind, CONDITION_KINDS)) conditions.push(readCondition(read, kind, atMs, receivers));
    else if (kind === 'leapSecond') leaps.push(atMs);
    else if (kind !== undefined) faults.push(...readDeviceFault(read, kind, ports).map((fault) => ({ atMs, fault })));
    // What belongs to a step of another kind is no second problem.
    if (kind === undefined) read.ignoreRest();
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
): LineFault & { readonly port: Port } {
  const read = new ObjectReader(value, place, problems);
  const kind = read.oneOf('do', FAULT_KINDS) ?? 'silence';
  const fault = readFaultAt(read, kind, ports);
  read.finish();
  return fault;
}

const STEP_KINDS = [...FAULT_KINDS, ...CONDITION_KINDS, 'leapSecond'] as const;
/** How long a step lasts. */
export const DURATION: NumberRange = { min: 0, max: Number.MAX_SAFE_INTEGER, expectation: 'milliseconds, 0 or more' };
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

/** @returns none where there is a problem */
function readDeviceFault(read: ObjectReader, kind: string, ports: readonly StepPort[]): readonly DeviceFault[] {
  const able = ports.filter(({ faults }) => Object.hasOwn(faults, kind));
  const port = able.find(
    ({ name }) =>
      name ===
      read.oneOf(
        'port',
        able.map(({ name }) => name),
      ),
  );
  // Only names of faults are keys.
  const readIt = port?.faults[kind as DeviceFault['do']];
  if (port === undefined || readIt === undefined) {
    read.ignoreRest();
    return [];
  }
  return [readIt(read, port.name)];
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
