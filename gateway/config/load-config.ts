import { WaystationError } from '#gateway/model/errors.ts';
import { readBounded } from '#gateway/runtime/read-bounded.ts';
import { type ConfigIssue, type ConfigProblem, formatPath, formatProblem } from './config-problem.ts';
import type { Config } from './config-schema.ts';
import { MAX_CONFIG_BYTES, parseConfig } from './parse-config.ts';
import { readYaml } from './yaml-document.ts';

/** A configuration that cannot be used, with everything that is wrong with it, in the order of the file. */
export class ConfigError extends WaystationError {
  readonly problems: readonly ConfigProblem[];

  constructor(file: string, problems: readonly ConfigProblem[]) {
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    const inOrder = problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
    const lines = inOrder.map((problem) => formatProblem(file, problem));
    super('config.invalid', [`Checking the configuration ${file}: ${count}`, ...lines].join('\n'));
    this.problems = inOrder;
  }
}

/**
 * Reads and checks the configuration file.
 *
 * @throws WaystationError `config.unreadable`
 * @throws ConfigError `config.invalid`, whose message has a line for each problem
 */
export async function loadConfig(file: string): Promise<Config> {
  const parsed = parseConfig(await readConfigFile(file), file);
  if (!parsed.isValid) throw new ConfigError(file, parsed.problems);
  return parsed.config;
}

/**
 * What was found wrong with a configuration later, by what it points to.
 *
 * @throws WaystationError `config.unreadable` if the file has gone meanwhile
 */
export async function configErrorOf(file: string, issues: readonly ConfigIssue[]): Promise<ConfigError> {
  const yaml = readYaml(new TextDecoder().decode(await readConfigFile(file)));
  const problems = issues.map(({ path, message, isAboutKey }) => {
    const place = yaml.isReadable ? yaml.locate(path, isAboutKey) : { line: 1, column: 1 };
    return { ...place, path: formatPath(path), message };
  });
  return new ConfigError(file, problems);
}

/** The values of the file as they stand there; undefined where it is not even YAML. @throws WaystationError `config.unreadable` */
export async function loadDocument(file: string): Promise<unknown> {
  const yaml = readYaml(new TextDecoder().decode(await readConfigFile(file)));
  return yaml.isReadable ? yaml.value : undefined;
}

async function readConfigFile(file: string): Promise<Uint8Array> {
  try {
    return await readBounded(file, MAX_CONFIG_BYTES);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new WaystationError('config.unreadable', `Reading the configuration ${file}: ${reason}`, { cause });
  }
}
