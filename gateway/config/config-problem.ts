/** Something wrong in a configuration file. `line` and `column` start at 1. */
export interface ConfigProblem {
  readonly line: number;
  readonly column: number;
  /** Where in the document, as `sinks[0].url`; empty for the whole. */
  readonly path: string;
  readonly message: string;
}

/** One problem as compilers print it: `FILE:LINE:COLUMN path message`. */
export function formatProblem(file: string, { line, column, path, message }: ConfigProblem): string {
  return `${file}:${line}:${column} ${path === '' ? '' : `${path} `}${message}`;
}

/** A problem and the place in the document that it is about. */
export interface ConfigIssue {
  readonly path: ConfigPath;
  readonly message: string;
  /** The key is at fault, not its value. */
  readonly isAboutKey?: boolean;
}

/** Keys and indexes from the root of the document. */
export type ConfigPath = readonly (string | number)[];

/** `['sinks', 0, 'url']` as `sinks[0].url`. */
export function formatPath(path: ConfigPath): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? key : `${text}.${key}`;
  }, '');
}
