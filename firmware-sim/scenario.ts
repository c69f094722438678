import type { Fault, FaultKind, PortName } from './protocol.ts';

/** A fault and when it comes. */
export interface ScenarioStep {
  /** Milliseconds since the ports were ready. */
  readonly atMs: number;
  readonly fault: Fault;
}

/** Every problem found, each with its place in the file. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError';
}

/**
 * Reads a scenario: `{"steps": [{"atMs": 20000, "do": "silence", "port": "gnss", "durationMs": 3000}, …]}`, in any order.
 *
 * @throws ScenarioError naming all that is wrong
 */
export function parseScenario(text: string): readonly ScenarioStep[] {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch (error) {
    throw new ScenarioError(`not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!isObject(file) || !Array.isArray(file['steps']))
    throw new ScenarioError('steps: an array of faults is expected');
  const problems = unknownKeys(file, ['steps'], '');
  const steps: ScenarioStep[] = [];
  for (const [index, step] of file['steps'].entries()) {
    const found = isObject(step) ? stepProblems(step, `steps[${index}]`) : [`steps[${index}]: an object is expected`];
    problems.push(...found);
    if (found.length > 0) continue;
    const { atMs, ...fault } = step;
    steps.push({ atMs, fault });
  }
  if (problems.length > 0) throw new ScenarioError(problems.join('; '));
  return steps.toSorted((a, b) => a.atMs - b.atMs);
}

/** @returns what is wrong with a fault, each problem with its place; nothing for a {@link Fault} */
export function faultProblems(value: Readonly<Record<string, unknown>>, place: string): string[] {
  const problems = unknownKeys(value, ['do', 'port', 'durationMs'], place);
  if (!FAULT_KINDS.some((kind) => kind === value['do'])) problems.push(`${place}.do: one of ${FAULT_KINDS.join(', ')}`);
  if (!PORT_NAMES.some((port) => port === value['port']))
    problems.push(`${place}.port: one of ${PORT_NAMES.join(', ')}`);
  if (value['durationMs'] === undefined) return problems;
  if (value['do'] !== 'silence') problems.push(`${place}.durationMs: only for silence`);
  if (!isDuration(value['durationMs'])) problems.push(`${place}.durationMs: milliseconds, 0 or more`);
  return problems;
}

const FAULT_KINDS: readonly FaultKind[] = ['unplug', 'replug', 'silence', 'garbage'];
const PORT_NAMES: readonly PortName[] = ['gnss', 'can'];

function stepProblems({ atMs, ...fault }: Readonly<Record<string, unknown>>, place: string): string[] {
  const problems = isDuration(atMs) ? [] : [`${place}.atMs: milliseconds, 0 or more`];
  return [...problems, ...faultProblems(fault, place)];
}

function isDuration(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function unknownKeys(value: object, known: readonly string[], place: string): string[] {
  const unknown = Object.keys(value).filter((key) => !known.includes(key));
  return unknown.map((key) => `${place === '' ? key : `${place}.${key}`}: unknown`);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
