import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseScenario, type Scenario, ScenarioError } from '#firmware-sim/scenario/scenario.ts';
import { readNeededFile, UnavailableError } from '#firmware-sim/unavailable-error.ts';

/**
 * Finds a scenario: a file, or the name of one that comes along.
 *
 * @throws UnavailableError when there is none, or it is wrong
 */
export function loadScenario(nameOrPath: string): Scenario {
  const shipped = join(FOLDER, `${nameOrPath}.json`);
  const path = !existsSync(nameOrPath) && existsSync(shipped) ? shipped : nameOrPath;
  if (!existsSync(path) && !/[/.\\]/.test(nameOrPath)) throw unknownScenario(nameOrPath);
  try {
    return parseScenario(readNeededFile(path, 'the scenario').toString());
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    const remedy = 'Correct what is named; docs/simulator.md says what a scenario holds.';
    throw new UnavailableError(`cannot use scenario ${path}: ${error.message}`, remedy, { cause: error });
  }
}

function unknownScenario(name: string): UnavailableError {
  const plain = (text: string) => text.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  const wanted = plain(name);
  const near = listScenarios().find((known) => plain(known.name) === wanted);
  const hint = near === undefined ? '' : `; did you mean ${near.name}?`;
  return new UnavailableError(`there is no scenario ${name}${hint}`, '`npm run sim` lists them.');
}

/** The scenarios that come along, by name, each with its title. */
export function listScenarios(): readonly { readonly name: string; readonly title: string }[] {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.json'));
  return files
    .toSorted()
    .map((file) => ({ name: basename(file, '.json'), title: loadScenario(join(FOLDER, file)).title }));
}

const FOLDER = join(import.meta.dirname, '../scenarios');
