import type { ErrorCode, WaystationError } from '#gateway/model/errors.ts';
import type { RefusalReason } from './refusals.ts';

/** Why a client is disconnected that could not be answered for. */
export function failureReason({ code }: WaystationError): RefusalReason {
  return FAILURE_REASONS[code] ?? 'admissionFailed';
}

const FAILURE_REASONS: Partial<Record<ErrorCode, RefusalReason>> = {
  'journal.full': 'journalFull',
  'journal.quota': 'journalFull',
  'journal.failed': 'journalFailed',
  'journal.recordTooLarge': 'packetTooLarge',
};
