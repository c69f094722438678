import { BROKER_ERRORS } from './error-codes/broker-errors.ts';
import { COMMAND_ERRORS } from './error-codes/command-errors.ts';
import { DEVICE_ERRORS } from './error-codes/device-errors.ts';
import { HOST_ERRORS } from './error-codes/host-errors.ts';
import { IDENTITY_ERRORS } from './error-codes/identity-errors.ts';
import { JOURNAL_ERRORS } from './error-codes/journal-errors.ts';
import { RULE_ERRORS } from './error-codes/rule-errors.ts';
import { SINK_ERRORS } from './error-codes/sink-errors.ts';

/**
 * Every error the gateway can raise, in one register: its code, what kind it is, the process' exit code, and the remedy.
 * `docs/errors.md` is generated from this table.
 */
export const ERROR_REGISTER = {
  ...HOST_ERRORS,
  ...JOURNAL_ERRORS,
  ...BROKER_ERRORS,
  ...IDENTITY_ERRORS,
  ...DEVICE_ERRORS,
  ...SINK_ERRORS,
  ...RULE_ERRORS,
  ...COMMAND_ERRORS,
} as const;

/** The closed union of codes. */
export type ErrorCode = keyof typeof ERROR_REGISTER;

/** Whether a code that another process sent is one of ours. */
export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(ERROR_REGISTER, code);
}

/** An operational or configuration error: expected, with a code and a remedy. */
export class WaystationError extends Error {
  override readonly name = 'WaystationError';
  readonly code: ErrorCode;

  /** @param message what was attempted, on what, and what was found */
  constructor(code: ErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
  }

  get remedy(): string {
    return ERROR_REGISTER[this.code].remedy;
  }

  get isRetryable(): boolean {
    return ERROR_REGISTER[this.code].isRetryable;
  }

  get exitCode(): number {
    return ERROR_REGISTER[this.code].exitCode;
  }

  /** One line for a status: what went wrong, and what to do about it. */
  get summary(): string {
    return `${this.code}: ${this.message.replace(/\.$/, '')}. ${this.remedy}`;
  }
}

/** Our own bug. The process logs it and ends: going on would risk what was promised. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/** Throws {@link InvariantError} unless the condition holds. */
export function invariant(condition: boolean, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}
