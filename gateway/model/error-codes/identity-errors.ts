import type { ErrorEntry } from './error-entry.ts';

/** Codes of the accounts made at run time, and of the trail of their changes. */
export const IDENTITY_ERRORS = {
  'account.exists': {
    exitCode: 1,
    isRetryable: false,
    remedy:
      '`waystation clients rotate NAME` gives it a new token, `waystation clients set NAME` other rights, `waystation clients revoke NAME` ends it.',
  },
  'account.configured': {
    exitCode: 1,
    isRetryable: false,
    remedy: 'Change it under broker.clients in the configuration, and restart the gateway; or choose another name.',
  },
  'account.unknown': { exitCode: 1, isRetryable: false, remedy: '`waystation clients list` shows the accounts.' },
  'session.unknown': {
    exitCode: 1,
    isRetryable: false,
    remedy: '`waystation clients sessions` shows the sessions, each by its client id.',
  },
  'session.notConfirmed': {
    exitCode: 1,
    isRetryable: false,
    remedy: 'Answer `y`, or give `--yes`: what waits in the session cannot be had back.',
  },
  'account.badName': {
    exitCode: 2,
    isRetryable: false,
    remedy:
      'Begin with a letter or a digit; letters, digits and . _ : @ - may follow, 64 characters at most. `rules` is the gateway’s own.',
  },
  'account.badRights': {
    exitCode: 2,
    isRetryable: false,
    remedy:
      'Give topic filters, each in quotation marks: levels between slashes, + for one level, # for the rest at the end; 32 for each right at most.',
  },
  'account.clash': {
    exitCode: 78,
    isRetryable: false,
    remedy:
      'Remove the entry from broker.clients, or end the other with `waystation clients revoke NAME`; then start again.',
  },
  'account.tooMany': {
    exitCode: 1,
    isRetryable: false,
    remedy: 'Revoke accounts that nobody uses any more; `waystation clients list` shows them.',
  },
  'accounts.damaged': {
    exitCode: 73,
    isRetryable: false,
    remedy:
      'Restore accounts.json from a backup, or move it away and add its accounts anew; until then none of them can log in, and everything else goes on.',
  },
  'accounts.unwritable': {
    exitCode: 1,
    isRetryable: true,
    remedy: 'Free disk space, see that the dataDir is writable, and run it again.',
  },
  'audit.unwritable': {
    exitCode: 1,
    isRetryable: true,
    remedy:
      'Free disk space, see that the folder is writable, and run it again: nothing changes that the trail cannot tell of.',
  },
  'audit.unreadable': { exitCode: 69, isRetryable: false, remedy: 'Check the path and the permissions.' },
  'audit.broken': {
    exitCode: 1,
    isRetryable: false,
    remedy:
      'Keep a copy of the folder and find out who wrote to it; check the accounts with `waystation clients list`. The gateway goes on in a new file.',
  },
} as const satisfies Record<string, ErrorEntry>;
