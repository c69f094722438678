import { parseArgs } from 'node:util';
import { SCENARIO_NAMES, type ScenarioName } from './measurement.ts';

/** What a run is asked to do. */
export interface BenchOptions {
  readonly scenarios: readonly ScenarioName[];
  readonly isQuick: boolean;
}

/** How to use it, for `--help` and after a mistake. */
export const USAGE = `npm run bench [-- [--quick] [scenario …]]
scenarios: ${SCENARIO_NAMES.join(', ')}
Without one, all of them. What is not quick goes into bench/measured and docs/benchmarks.md.`;

/** @returns the options, or what is wrong with the arguments */
export function parseOptions(args: readonly string[]): BenchOptions | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { quick: { type: 'boolean', default: false } },
    });
    const unknown = positionals.find((name) => !isScenarioName(name));
    if (unknown !== undefined) return `unknown scenario ${JSON.stringify(unknown)}`;
    const asked =
      positionals.length === 0 ? SCENARIO_NAMES : SCENARIO_NAMES.filter((name) => positionals.includes(name));
    return { scenarios: asked, isQuick: values.quick };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function isScenarioName(name: string): name is ScenarioName {
  return SCENARIO_NAMES.some((known) => known === name);
}
