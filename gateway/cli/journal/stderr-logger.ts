import type { LogFields, Logger } from '#gateway/runtime/logger.ts';

/** What a command that opens a journal has to say of it: warnings and errors, a line each, on standard error. */
export const stderrLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: say,
  error: say,
  child: () => stderrLogger,
};

function say(fields: LogFields, text: string): void {
  const details = Object.entries(fields).map(([name, value]) => `${name} ${wordsFor(value)}`);
  process.stderr.write(`warning: ${text}${details.length === 0 ? '' : ` (${details.join(', ')})`}\n`);
}

function wordsFor(value: unknown): string {
  if (value instanceof Error) return value.message;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
