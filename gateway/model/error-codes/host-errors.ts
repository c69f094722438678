import type { ErrorEntry } from './error-entry.ts';

/** Codes of the configuration and the folder that it starts from. */
export const HOST_ERRORS = {
  'config.unreadable': {
    exitCode: 78,
    isRetryable: false,
    remedy:
      'Name the file with -c FILE and see that it may be read; commands for a gateway take its dataDir with -d in place of it.',
  },
  'config.invalid': {
    exitCode: 78,
    isRetryable: false,
    remedy: 'Correct the lines named; `waystation config schema` prints what is allowed.',
  },
  'dataDir.missing': {
    exitCode: 69,
    isRetryable: true,
    remedy:
      'Start the gateway once (`waystation run -c FILE`, or its service): the first start makes the folder. If it has run before, check -c or -d.',
  },
  'dataDir.inUse': {
    exitCode: 73,
    isRetryable: true,
    remedy:
      'Let the command that is named end, or stop the gateway that is named; a second gateway wants a dataDir of its own.',
  },
  'dataDir.unwritable': {
    exitCode: 73,
    isRetryable: true,
    remedy:
      'Create the folder, let the gateway user write there, and see that the disk is mounted writable and not full.',
  },
  'dataDir.damaged': {
    exitCode: 73,
    isRetryable: false,
    remedy: 'Restore the file from a backup, or delete it: the gateway then gets a new identity.',
  },
  'dataDir.obstructed': {
    exitCode: 73,
    isRetryable: false,
    remedy: 'Move away what lies at the path named: a folder, or a regular file, of the gateway belongs there.',
  },
} as const satisfies Record<string, ErrorEntry>;
