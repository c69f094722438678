import { compileDbc, type DbcDecoder } from '#devices/can/dbc/compile-dbc.ts';
import { decodeDbcText, MAX_DBC_BYTES } from '#devices/can/dbc/decode-dbc-text.ts';
import { parseDbc } from '#devices/can/dbc/parse-dbc.ts';
import { WaystationError } from '#gateway/model/errors.ts';
import type { Logger } from '#gateway/runtime/logger.ts';
import { readBounded } from '#gateway/runtime/read-bounded.ts';

/** So many warnings of a file are worth a line in the log; the rest are counted. */
const MAX_LOGGED_WARNINGS = 5;

/**
 * Reads a DBC file. What in it cannot be understood is logged and passed over.
 *
 * @throws WaystationError `dbc.unreadable`, `dbc.invalid`
 */
export async function loadDbc(path: string, logger: Logger): Promise<DbcDecoder> {
  const parsed = parseDbc(decodeDbcText(await readDbc(path)));
  if (!parsed.isDecoded) {
    const { line, column, reason, found } = parsed;
    throw new WaystationError(
      'dbc.invalid',
      `Reading the DBC ${path}:${line}:${column}: ${reason}, found ${JSON.stringify(found)}`,
    );
  }
  const { warnings, messages } = parsed.value;
  if (warnings.length > 0)
    logger.warn(
      { path, warningCount: warnings.length, warnings: warnings.slice(0, MAX_LOGGED_WARNINGS) },
      'Parts of a DBC file could not be understood and are passed over.',
    );
  logger.debug({ path, messageCount: messages.length }, 'DBC file read.');
  return compileDbc(parsed.value);
}

async function readDbc(path: string): Promise<Uint8Array> {
  try {
    return await readBounded(path, MAX_DBC_BYTES);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new WaystationError('dbc.unreadable', `Reading the DBC ${path}: ${reason}`, { cause });
  }
}
