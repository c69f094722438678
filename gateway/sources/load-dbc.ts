import { compileDbc, type DbcDecoder } from '#devices/can/dbc/compile-dbc.ts';
import type { Dbc } from '#devices/can/dbc/dbc.ts';
import { DBC_REJECTIONS, DBC_WARNINGS, type DbcWarning } from '#devices/can/dbc/dbc-warning.ts';
import { decodeDbcText, MAX_DBC_BYTES } from '#devices/can/dbc/decode-dbc-text.ts';
import { parseDbc } from '#devices/can/dbc/parse-dbc.ts';
import { WaystationError } from '#gateway/model/errors.ts';
import type { Logger } from '#gateway/runtime/logger.ts';
import { readBounded } from '#gateway/runtime/read-bounded.ts';

/** A DBC file, read and ready. */
export interface LoadedDbc {
  readonly path: string;
  readonly dbc: Dbc;
  readonly decoder: DbcDecoder;
  /** What in it could not be understood, or was read with a doubt. */
  readonly warnings: readonly DbcWarning[];
}

/**
 * Reads a DBC file: the one way of the gateway and of every command.
 *
 * @throws WaystationError `dbc.unreadable`, `dbc.invalid`
 */
export async function loadDbc(path: string): Promise<LoadedDbc> {
  const parsed = parseDbc(decodeDbcText(await readDbc(path)));
  if (!parsed.isDecoded) {
    const { line, column, reason, found } = parsed;
    const place = `${path}:${line}:${column}`;
    const text = `${place}: ${DBC_REJECTIONS[reason]} (${JSON.stringify(found)})`;
    throw new WaystationError('dbc.invalid', `Reading the DBC file ${text}`);
  }
  const { value: dbc } = parsed;
  return { path, dbc, decoder: compileDbc(dbc), warnings: dbc.warnings };
}

/** Warnings of one file that are told unasked; the rest are counted, and `waystation dbc check` has them all. */
const MAX_TOLD_WARNINGS = 10;

/** Logs what in a file could not be understood. */
export function logDbcWarnings({ path, dbc, warnings }: LoadedDbc, logger: Logger): void {
  logger.debug({ path, messageCount: dbc.messages.length }, 'DBC file read.');
  if (warnings.length === 0) return;
  const told = warnings.slice(0, MAX_TOLD_WARNINGS).map((warning) => describeDbcWarning(path, warning));
  const text = 'Parts of a DBC file could not be understood; `waystation dbc check` lists them all.';
  logger.warn({ path, warningCount: warnings.length, warnings: told }, text);
}

/** Writes what in a file could not be understood, a line each. */
export function printDbcWarnings({ path, warnings }: LoadedDbc, stderr: NodeJS.WritableStream): void {
  for (const warning of warnings.slice(0, MAX_TOLD_WARNINGS)) stderr.write(`${describeDbcWarning(path, warning)}\n`);
  const hiddenCount = warnings.length - MAX_TOLD_WARNINGS;
  if (hiddenCount > 0) stderr.write(`${path}: ${hiddenCount} more warnings; \`waystation dbc check\` lists them\n`);
}

/** One line: `truck.dbc:12:5: …`. */
export function describeDbcWarning(path: string, { line, column, reason, found }: DbcWarning): string {
  return `${path}:${line}:${column}: ${DBC_WARNINGS[reason]} (${JSON.stringify(found)})`;
}

async function readDbc(path: string): Promise<Uint8Array> {
  try {
    return await readBounded(path, MAX_DBC_BYTES);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new WaystationError('dbc.unreadable', `Reading the DBC file ${path}: ${reason}`, { cause });
  }
}
