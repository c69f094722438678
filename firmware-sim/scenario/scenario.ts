import type { Fault, PortName } from '#firmware-sim/protocol.ts';
import type { Condition } from '#firmware-sim/receiver/condition.ts';
import { DEFAULT_RECEIVER, type ReceiverSpec } from '#firmware-sim/receiver/receiver-spec.ts';
import { EARLIEST_START_UNIX_MS } from '#firmware-sim/receiver/receiver-time.ts';
import type { DeviceSpec } from '#firmware-sim/simulated-device.ts';
import { DEVICE_SECTIONS, readDevices } from './device-sections.ts';
import { isText, ObjectReader } from './object-reader.ts';
import { readReceivers } from './receiver-section.ts';
import { type PortFault, readSteps, type ScenarioStep, type StepPort, type StepSection } from './step-section.ts';

/** What happens to a vehicle and its receivers, and when. */
export interface Scenario extends StepSection {
  /** One line for a list. */
  readonly title: string;
  /** When the receivers believe it to begin, Unix milliseconds; absent: now. */
  readonly startUnixMs?: number;
  readonly vehicle: VehicleKind;
  readonly receivers: readonly ReceiverSpec[];
  /** What else has a port. */
  readonly devices: readonly DeviceSpec[];
}

/** `driving`: round its loop, with stops. `parked`: it stands at the depot. */
export type VehicleKind = (typeof VEHICLE_KINDS)[number];
const VEHICLE_KINDS = ['driving', 'parked'] as const;

/** Every problem found, each with its place in the file. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError';
}

/**
 * Reads a scenario: `{"title": …, "receivers": [{"name": "bow", …}], "steps": [{"atMs": 20000, "do": "tunnel", "durationMs": 9000}, …]}`.
 * Only `steps` must be there; a file that describes no device has the receiver `gnss` with its defaults.
 *
 * @throws ScenarioError naming all that is wrong
 */
export function parseScenario(text: string): Scenario {
  const problems: string[] = [];
  const scenario = readScenario(parseJson(text), problems);
  if (problems.length > 0) throw new ScenarioError(problems.join('; '));
  return scenario;
}

/**
 * Reads a step that comes now: as in a scenario, without `atMs`.
 *
 * @throws ScenarioError naming all that is wrong
 */
export function parseFault(text: string, { devices, receivers }: Scenario): PortFault {
  const problems: string[] = [];
  const step = parseJson(text);
  const now = typeof step === 'object' && step !== null ? { ...step, atMs: 0 } : step;
  const { faults } = readSteps([now], portsOf(receivers, devices), [], problems);
  const [first] = faults;
  if (problems.length > 0) throw new ScenarioError(problems.join('; ').replaceAll('steps[0].', ''));
  if (first === undefined) throw new ScenarioError('do: only a fault can come at once');
  return first.fault;
}

/** The conditions that concern a receiver. */
export function conditionsOf({ conditions }: StepSection, name: string): readonly Condition[] {
  return conditions.filter(({ port }) => port === undefined || port === name);
}

/**
 * The steps of a scenario for the demo's vehicle, which has one receiver, `gnss`, and one adapter, `can`.
 *
 * @throws ScenarioError where it describes receivers, conditions or times of its own
 */
export function parseVehicleScenario(text: string): readonly ScenarioStep<Fault>[] {
  const { conditions, faults, leapAtMs, receivers, startUnixMs } = parseScenario(text);
  const isOwn = receivers[0] !== DEFAULT_RECEIVER || conditions.length > 0;
  if (isOwn || leapAtMs !== undefined || startUnixMs !== undefined) {
    throw new ScenarioError('a scenario with devices, conditions or a time of its own is for `npm run sim`');
  }
  // A file without devices knows no other ports, and no other faults.
  return faults as readonly ScenarioStep<Fault>[];
}

/** The ports of a vehicle that no scenario describes. */
export const VEHICLE_PORTS = ['gnss', 'can'] as const satisfies readonly PortName[];

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ScenarioError(`not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function readScenario(file: unknown, problems: string[]): Scenario {
  const read = new ObjectReader(file, '', problems);
  const title = read.optional('title', isText, 'a line of text') ?? '';
  const startUnixMs = readStart(read);
  const vehicle = read.oneOf('vehicle', VEHICLE_KINDS, 'driving') ?? 'driving';
  const devices = readDevices(read, problems);
  const isDescribed = read.has('receivers') || Object.keys(DEVICE_SECTIONS).some((key) => read.has(key));
  const ownReceivers = read.has('receivers') ? readReceivers(read.raw('receivers'), problems) : [];
  const receivers = isDescribed ? ownReceivers : [DEFAULT_RECEIVER];
  checkNames([...receivers, ...devices], problems);
  const ports = isDescribed ? portsOf(receivers, devices) : VEHICLE_PORTS.map((name) => ({ name, faults: {} }));
  const names = receivers.map(({ name }) => name);
  const listed = read.raw('steps');
  if (!Array.isArray(listed)) problems.push('steps: an array of faults is expected');
  const steps = readSteps(Array.isArray(listed) ? listed : [], ports, names, problems);
  checkLeap(steps, startUnixMs, problems);
  read.finish();
  return { title, vehicle, receivers, devices, ...steps, ...(startUnixMs === undefined ? {} : { startUnixMs }) };
}

function portsOf(receivers: readonly ReceiverSpec[], devices: readonly DeviceSpec[]): readonly StepPort[] {
  return [
    ...receivers.map(({ name }) => ({ name, faults: {} })),
    ...devices.map(({ kind, name }) => ({ name, faults: DEVICE_SECTIONS[kind].faults })),
  ];
}

function checkNames(named: readonly { readonly name: string }[], problems: string[]): void {
  const taken = new Set<string>();
  for (const { name } of named) {
    if (taken.has(name)) problems.push(`name: ${name} is taken`);
    taken.add(name);
  }
}

const DAY_MS = 86_400_000;
const UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z$/;

function readStart(read: ObjectReader): number | undefined {
  const isTime = (text: unknown): text is string =>
    isText(text) && UTC.test(text) && Date.parse(text) >= EARLIEST_START_UNIX_MS;
  const text = read.optional('startUtc', isTime, 'a time like 2026-06-01T08:00:00Z, from 1999 on');
  return text === undefined ? undefined : Date.parse(text);
}

/** Seconds are inserted at the end of a day in UTC, nowhere else. */
function checkLeap({ leapAtMs }: StepSection, startUnixMs: number | undefined, problems: string[]): void {
  if (leapAtMs === undefined) return;
  const beforeMidnightMs = startUnixMs === undefined ? undefined : DAY_MS - (startUnixMs % DAY_MS);
  if (beforeMidnightMs === undefined) problems.push('steps: leapSecond needs startUtc');
  else if ((leapAtMs - beforeMidnightMs) % DAY_MS !== 0) {
    problems.push(`steps: leapSecond comes at a midnight, the first at atMs ${beforeMidnightMs}`);
  }
}
