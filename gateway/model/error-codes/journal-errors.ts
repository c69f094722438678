import type { ErrorEntry } from './error-entry.ts';

/** Codes of the journal. */
export const JOURNAL_ERRORS = {
  'journal.full': { exitCode: 1, isRetryable: true, remedy: 'Free disk space; intake resumes by itself.' },
  'journal.quota': {
    exitCode: 1,
    isRetryable: true,
    remedy:
      'Let the sinks named catch up, give up the backlog of one that is not configured any more (`waystation sinks forget ID`), or raise the quota named; intake resumes by itself.',
  },
  'journal.failed': {
    exitCode: 1,
    isRetryable: true,
    remedy: 'Check the disk: a write or sync failed. The record was not accepted; send it again.',
  },
  'journal.closed': {
    exitCode: 1,
    isRetryable: true,
    remedy: 'The gateway is stopping; send it again after the restart.',
  },
  'journal.recordTooLarge': {
    exitCode: 1,
    isRetryable: false,
    remedy: 'Send smaller messages: a record must fit in one frame.',
  },
  'journal.unknownFormat': {
    exitCode: 1,
    isRetryable: false,
    remedy: 'The journal was written by a newer version. Install that version, or move the folder away.',
  },
  'journal.unknownStream': {
    exitCode: 1,
    isRetryable: false,
    remedy: 'Name one of the streams there are; `waystation journal stat` lists them.',
  },
  'journal.needsStream': {
    exitCode: 2,
    isRetryable: false,
    remedy: 'Name the stream with --stream, or give a time instead of a sequence.',
  },
  'journal.notLive': {
    exitCode: 69,
    isRetryable: true,
    remedy: 'Start the gateway, or leave --follow out: a folder alone does not grow.',
  },
  'journal.damaged': {
    exitCode: 1,
    isRetryable: false,
    remedy:
      'Check the disk. What is named is lost, the rest is not: the gateway passes over it and tells the sinks, and nothing need be done.',
  },
  'journal.swappedEnds': { exitCode: 2, isRetryable: false, remedy: 'Give the earlier place first.' },
  'journal.busy': {
    exitCode: 69,
    isRetryable: true,
    remedy: 'End another `waystation journal tail --follow`, or try again later.',
  },
} as const satisfies Record<string, ErrorEntry>;
