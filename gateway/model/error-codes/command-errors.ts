import type { ErrorEntry } from './error-entry.ts';

/** Codes of the commands and their way to a gateway. */
export const COMMAND_ERRORS = {
  'file.unreadable': { exitCode: 69, isRetryable: false, remedy: 'Check the path and the permissions.' },
  'file.unwritable': {
    exitCode: 1,
    isRetryable: true,
    remedy: 'Check the folder, its permissions and the free space.',
  },
  'batch.unreadable': {
    exitCode: 1,
    isRetryable: false,
    remedy: 'Give payloads of …/batch/<stream> as they came, and nothing between them; all others were printed.',
  },
  'replay.refused': {
    exitCode: 1,
    isRetryable: false,
    remedy: 'Give a login with --username and --password-file, of an account that may publish on these topics.',
  },
  'command.stopped': { exitCode: 1, isRetryable: true, remedy: 'Run it again to begin anew.' },
  'gateway.silent': {
    exitCode: 69,
    isRetryable: true,
    remedy: 'It runs but does not answer as it should; look at its log, or restart it.',
  },
  'gateway.badRequest': {
    exitCode: 1,
    isRetryable: false,
    remedy: 'Restart the gateway if it was updated: it and this command are not of one version.',
  },
  'gateway.denied': {
    exitCode: 69,
    isRetryable: false,
    remedy: 'Run the command as the user of the gateway, or as root: `sudo -u USER waystation …`.',
  },
  'gateway.notDrained': {
    exitCode: 1,
    isRetryable: true,
    remedy:
      'See to what is named: mend the link or the sink, then wait again. Nothing is lost by switching off before: what is named goes after the next start.',
  },
  'gateway.notRunning': {
    exitCode: 69,
    isRetryable: true,
    remedy:
      'Start it with `waystation run -c FILE`; if it runs, name its configuration with -c or its dataDir with -d.',
  },
} as const satisfies Record<string, ErrorEntry>;
