import { writeUntilClosed } from '#gateway/cli/write-until-closed.ts';
import { counted } from '#gateway/model/counted.ts';
import { WaystationError } from '#gateway/model/errors.ts';
import { describeDbcWarning, type LoadedDbc, loadDbc } from '#gateway/sources/load-dbc.ts';
import { describeDbcAsJson } from './dbc-json.ts';
import { formatMessage } from './format-message.ts';

/** Options of `dbc check`. */
export interface CheckDbcOptions {
  readonly json?: true;
  readonly strict?: true;
}

/**
 * Prints what each file says, and what in it is doubtful. All files are looked at, whatever the first ones are.
 *
 * @throws WaystationError `dbc.noDbc` if one of them is none, else with `strict` `dbc.doubtful` if there is a warning
 */
export async function checkDbcFiles(
  files: readonly string[],
  options: CheckDbcOptions,
  { stdout, stderr }: { readonly stdout: NodeJS.WritableStream; readonly stderr: NodeJS.WritableStream },
): Promise<void> {
  const counts = { failed: 0, messages: 0, signals: 0, warnings: 0 };
  const text = describeFiles(files, options.json === true, stderr, counts);
  if (!(await writeUntilClosed(text, stdout))) return;
  if (files.length > 1) {
    const { messages, signals, warnings } = counts;
    const sums = [counted(messages, 'message'), counted(signals, 'signal'), counted(warnings, 'warning')];
    stderr.write(`${files.length - counts.failed} of ${files.length} files read: ${sums.join(', ')}\n`);
  }
  if (counts.failed > 0) {
    throw new WaystationError('dbc.noDbc', `Checking DBC files: ${counts.failed} of ${files.length} could not be read`);
  }
  if (counts.warnings === 0) return;
  if (options.strict === true) {
    throw new WaystationError('dbc.doubtful', `Checking DBC files: ${counted(counts.warnings, 'warning')}`);
  }
  stderr.write(`${counted(counts.warnings, 'warning')}; all files can be used as they are\n`);
}

async function* describeFiles(
  files: readonly string[],
  isJson: boolean,
  stderr: NodeJS.WritableStream,
  counts: { failed: number; messages: number; signals: number; warnings: number },
): AsyncGenerator<string> {
  for (const path of files) {
    const loaded = await tryLoad(path, stderr);
    counts.failed += loaded === undefined ? 1 : 0;
    counts.warnings += loaded?.warnings.length ?? 0;
    if (loaded === undefined) continue;
    counts.messages += loaded.dbc.messages.length;
    counts.signals += signalCountOf(loaded);
    if (isJson) yield `${describeDbcAsJson(loaded)}\n`;
    else yield* describeFile(loaded);
  }
}

async function tryLoad(path: string, stderr: NodeJS.WritableStream): Promise<LoadedDbc | undefined> {
  try {
    return await loadDbc(path);
  } catch (error) {
    if (!(error instanceof WaystationError)) throw error;
    stderr.write(`error: ${error.message}\nremedy: ${error.remedy}\n`);
    return undefined;
  }
}

function signalCountOf({ dbc }: LoadedDbc): number {
  return dbc.messages.reduce((count, { signals }) => count + signals.length, 0);
}

function* describeFile(loaded: LoadedDbc): Generator<string> {
  const { path, dbc, warnings } = loaded;
  const counts = [
    counted(dbc.messages.length, 'message'),
    counted(signalCountOf(loaded), 'signal'),
    counted(warnings.length, 'warning'),
  ];
  yield `${path}: ${counts.join(', ')}\n`;
  for (const warning of warnings) yield `${describeDbcWarning(path, warning)}\n`;
  for (const message of dbc.messages) yield `\n${printable(formatMessage(message))}\n`;
}

/** A file from elsewhere must not steer the terminal: escaped, but for line ends, as JSON has it. */
function printable(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n]/gu, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
