import { type DestinationStream, pino } from 'pino';

/**
 * Structured logging as a port. Fields first, then a sentence for people.
 * Hot paths do not log: they count, and whoever owns the counter logs once a minute.
 */
export interface Logger {
  debug(fields: LogFields, text: string): void;
  info(fields: LogFields, text: string): void;
  warn(fields: LogFields, text: string): void;
  error(fields: LogFields, text: string): void;
  /** A logger whose lines all carry `fields`. */
  child(fields: LogFields): Logger;
}

/** What a line is about: ids, counts, an `error`. Never a secret. */
export type LogFields = Readonly<Record<string, unknown>>;

/** How much is said. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** JSON lines on standard output, or on `destination`: made for journald and for `jq`. */
export function openLogger(level: LogLevel, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }), log: withoutOwnKeys },
    serializers: { error: describeError },
  };
  return guarded(destination === undefined ? pino(options) : pino(options, destination));
}

/** Pino has no hook for the fields of a child. */
function guarded(logger: Logger): Logger {
  return {
    debug: (fields, text) => logger.debug(fields, text),
    info: (fields, text) => logger.info(fields, text),
    warn: (fields, text) => logger.warn(fields, text),
    error: (fields, text) => logger.error(fields, text),
    child: (fields) => guarded(logger.child(withoutOwnKeys(fields))),
  };
}

/** A line is an object of JSON: no field may say again what the logger says. */
function withoutOwnKeys(fields: LogFields): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [OWN_KEYS.has(key) ? `field.${key}` : key, value]),
  );
}

const OWN_KEYS: ReadonlySet<string> = new Set(['level', 'time', 'msg']);

function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = 'code' in error ? { code: error.code } : {};
  const remedy = 'remedy' in error ? { remedy: error.remedy } : {};
  const cause = error.cause === undefined ? {} : { cause: describeError(error.cause) };
  return { message: error.message, ...code, ...remedy, ...cause };
}
