/**
 * `npm test`: everything, one step after the other, each with its own heading and time. A failing step does not hide the next.
 * The last line is `N passed, N failed`; a step other than the tests counts as one.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly string[];
}

/** The part of vitest's JSON report that is read here. */
interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numFailedTestSuites: number;
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

const CHECKS: readonly (readonly [title: string, ...command: string[]])[] = [
  ['types', 'tsc', '-p', '.'],
  ['types of the page', 'tsc', '-p', 'gateway/console/web'],
  ['format and lint', 'biome', 'ci', '--error-on-warnings', '.'],
  ['unused code', 'knip'],
];
const PROJECTS = ['unit', 'property', 'system', 'alone'] as const;

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'waystation-report-'));
  const tallies: Tally[] = [];
  try {
    for (const [title, ...command] of CHECKS) tallies.push(await runCheck(title, command));
    for (const project of PROJECTS) tallies.push(await runProject(project, join(folder, `${project}.json`)));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const passed = sum(tallies.map((tally) => tally.passed));
  const failed = sum(tallies.map((tally) => tally.failed));
  for (const name of tallies.flatMap((tally) => tally.skipped)) console.log(`skipped: ${name}`);
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
  console.log(`${passed} passed, ${failed} failed`);
}

async function runCheck(title: string, command: readonly string[]): Promise<Tally> {
  const exitCode = await run(title, command);
  return { passed: exitCode === 0 ? 1 : 0, failed: exitCode === 0 ? 0 : 1, skipped: [] };
}

async function runProject(project: string, reportFile: string): Promise<Tally> {
  const exitCode = await run(`${project} tests`, [
    'vitest',
    'run',
    '--project',
    project,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${reportFile}`,
  ]);
  const report = await readReport(reportFile);
  if (report === undefined || report.numPassedTests === 0) return { passed: 0, failed: 1, skipped: [] };
  const results = report.testResults.flatMap((file) => file.assertionResults);
  const skipped = results.filter(({ status }) => status === 'skipped' || status === 'pending' || status === 'todo');
  // A file that could not be loaded has no failed test of its own, and an error outside the tests only shows in the exit code.
  const failed = report.numFailedTests === 0 && exitCode !== 0 ? 1 : report.numFailedTests;
  return { passed: report.numPassedTests, failed, skipped: skipped.map(({ fullName }) => fullName) };
}

async function readReport(file: string): Promise<VitestReport | undefined> {
  try {
    // Written by vitest a moment ago; a report in another shape fails on the counts above.
    return JSON.parse(await readFile(file, 'utf8')) as VitestReport;
  } catch {
    return undefined;
  }
}

/** Runs one command with its output shown as it comes; resolves with its exit code. */
function run(title: string, command: readonly string[]): Promise<number> {
  console.log(`\n== ${title}: ${command.join(' ')}`);
  const startedMs = performance.now();
  const [program = '', ...args] = command;
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    child.once('error', (error) => {
      console.error(error.message);
      resolve(1);
    });
    child.once('exit', (code) => {
      const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
      console.log(`== ${title}: ${code === 0 ? 'ok' : 'FAILED'} after ${seconds} s`);
      resolve(code ?? 1);
    });
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

await main();
