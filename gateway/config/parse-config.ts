import { dirname, resolve } from 'node:path';
import { type ConfigIssue, type ConfigProblem, formatPath } from './config-problem.ts';
import { type Config, configSchema } from './config-schema.ts';
import { crossCheck } from './cross-checks.ts';
import { describeIssue, describeUnknownKey, knownKeysOf } from './describe-issue.ts';
import { readYaml } from './yaml-document.ts';

/** A configuration that may be used, or everything that is wrong with it, in the order of the file. */
export type ParsedConfig =
  | { readonly isValid: true; readonly config: Config }
  | { readonly isValid: false; readonly problems: readonly ConfigProblem[] };

/** Far more than any configuration needs; it bounds what parsing costs. */
export const MAX_CONFIG_BYTES = 1024 * 1024;
/** Nobody reads more at once, and each costs a look-up of its place. */
export const MAX_PROBLEMS = 100;

/**
 * Reads a configuration. Whatever the bytes are, the answer is a value, never an exception.
 *
 * @param file where the text comes from; relative paths in it start at its folder
 */
export function parseConfig(bytes: Uint8Array, file: string): ParsedConfig {
  if (bytes.length > MAX_CONFIG_BYTES) return invalid(`is larger than ${MAX_CONFIG_BYTES} bytes`);
  const text = decodeUtf8(bytes);
  if (text === undefined) return invalid('is not UTF-8 text');
  const yaml = readYaml(text);
  if (!yaml.isReadable) return { isValid: false, problems: yaml.problems };
  const folder = dirname(resolve(file));
  const checked = checkDocument(yaml.value, folder);
  const issues = [...checked.issues, ...crossCheck(yaml.value, folder)].slice(0, MAX_PROBLEMS);
  const problems = issues.map(({ path, message, isAboutKey }) => ({
    ...yaml.locate(path, isAboutKey),
    path: formatPath(path),
    message,
  }));
  if (checked.config !== undefined && problems.length === 0) return { isValid: true, config: checked.config };
  return { isValid: false, problems: problems.sort((a, b) => a.line - b.line || a.column - b.column) };
}

function invalid(message: string): ParsedConfig {
  return { isValid: false, problems: [{ line: 1, column: 1, path: '', message: `the file ${message}` }] };
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function checkDocument(
  document: unknown,
  folder: string,
): { readonly config?: Config; readonly issues: readonly ConfigIssue[] } {
  // Unknown keys are reported by the object that holds them, all at once; the message is made where its schema is known.
  const known = new Map<string, readonly string[]>();
  const result = configSchema(folder).safeParse(document, {
    error: (issue) => {
      if (issue.code === 'unrecognized_keys') known.set(formatPath(pathOf(issue.path ?? [])), knownKeysOf(issue));
      return describeIssue(issue);
    },
  });
  if (result.success) return { config: result.data, issues: [] };
  const issues = result.error.issues.flatMap((issue): ConfigIssue[] => {
    const path = pathOf(issue.path);
    if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }];
    const names = known.get(formatPath(path)) ?? [];
    return issue.keys.slice(0, MAX_PROBLEMS).map((key) => ({
      path: [...path, key],
      message: describeUnknownKey(key, names),
      isAboutKey: true,
    }));
  });
  return { issues };
}

function pathOf(path: readonly PropertyKey[]): (string | number)[] {
  return path.map((key) => (typeof key === 'number' ? key : String(key)));
}
