import type { LogFields, Logger } from './logger.ts';

/** One line of a {@link MemoryLogger}. */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly fields: LogFields;
  readonly text: string;
}

/** Keeps what was logged, for tests. */
export class MemoryLogger implements Logger {
  readonly lines: LogLine[];
  readonly #fields: LogFields;

  constructor(lines: LogLine[] = [], fields: LogFields = {}) {
    this.lines = lines;
    this.#fields = fields;
  }

  /** Lines that are shown where nothing else is configured to be. */
  get warnings(): LogLine[] {
    return this.lines.filter(({ level }) => level === 'warn' || level === 'error');
  }

  debug(fields: LogFields, text: string): void {
    this.#add('debug', fields, text);
  }

  info(fields: LogFields, text: string): void {
    this.#add('info', fields, text);
  }

  warn(fields: LogFields, text: string): void {
    this.#add('warn', fields, text);
  }

  error(fields: LogFields, text: string): void {
    this.#add('error', fields, text);
  }

  child(fields: LogFields): Logger {
    return new MemoryLogger(this.lines, { ...this.#fields, ...fields });
  }

  #add(level: LogLine['level'], fields: LogFields, text: string): void {
    this.lines.push({ level, fields: { ...this.#fields, ...fields }, text });
  }
}
