import { dirname } from 'node:path';
import { type ConfigIssue, formatProblem } from '#gateway/config/config-problem.ts';
import { ConfigError, configErrorOf, loadConfig, loadDocument } from '#gateway/config/load-config.ts';
import { findOpenSecrets } from '#gateway/config/open-secrets.ts';
import { systemClock } from '#gateway/runtime/clock.ts';
import { checkCertificates } from './check-certificates.ts';
import { findDbcIssues, findPortProblems, findReportIssues, loadDbcOnce } from './check-files.ts';
import { findRightsIssues } from './check-rights.ts';
import { checkSecrets } from './check-secrets.ts';
import { findMissingFiles } from './find-missing-files.ts';
import { remarksOnSinks } from './remarks-on-sinks.ts';

/**
 * Says everything that is wrong with a configuration, and with what it points to: what the gateway would not start with is an error,
 * what it would start with and is of no use a warning.
 *
 * @throws WaystationError `config.invalid`, `config.unreadable`
 */
export async function checkConfig(file: string): Promise<void> {
  const load = loadDbcOnce();
  const config = await loadConfig(file).catch(async (error) => {
    throw error instanceof ConfigError ? await withMissingFiles(file, error) : error;
  });
  const secrets = await checkSecrets(config);
  const certificates = await checkCertificates(config, systemClock.wallMs());
  const files = [...(await findDbcIssues(config, load)), ...(await findReportIssues(config, load))];
  const warnings = [...secrets.warnings, ...certificates.warnings, ...findRightsIssues(config)];
  await warn(file, warnings);
  for (const problem of await findPortProblems(config)) {
    process.stderr.write(`warning: ${problem}; the gateway would start without this device\n`);
  }
  for (const remark of await remarksOnSinks(config)) process.stderr.write(`remark: ${remark}\n`);
  for (const problem of await findOpenSecrets(config)) process.stderr.write(`warning: ${problem}\n`);
  const errors = [...secrets.errors, ...certificates.errors, ...files];
  if (errors.length > 0) throw await configErrorOf(file, errors);
  process.stdout.write('OK\n');
}

async function withMissingFiles(file: string, { problems }: ConfigError): Promise<ConfigError> {
  const missing = await findMissingFiles(await loadDocument(file), dirname(file));
  const found = await configErrorOf(file, missing);
  return new ConfigError(file, [...problems, ...found.problems]);
}

async function warn(file: string, issues: readonly ConfigIssue[]): Promise<void> {
  if (issues.length === 0) return;
  const { problems } = await configErrorOf(file, issues);
  for (const problem of problems) process.stderr.write(`warning: ${formatProblem(file, problem)}\n`);
}
