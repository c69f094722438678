import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CHECKOUT } from '#tests/support/checkout.ts';
import type { ScenarioResult } from './report.ts';

const FOLDER = join(CHECKOUT, 'bench/measured');
const EXTENSION = '.json';

/** Keeps what a scenario gave, samples and all, in the place of what it gave before. */
export async function saveResult(result: ScenarioResult): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  await writeFile(join(FOLDER, `${result.scenario}${EXTENSION}`), `${JSON.stringify(result, null, 1)}\n`);
}

/** The newest result of each scenario that was ever measured. */
export async function loadResults(): Promise<readonly ScenarioResult[]> {
  const files = (await readdir(FOLDER)).filter((name) => name.endsWith(EXTENSION)).sort();
  // Written by `saveResult`, and under version control.
  return Promise.all(
    files.map(async (name) => JSON.parse(await readFile(join(FOLDER, name), 'utf8')) as ScenarioResult),
  );
}
