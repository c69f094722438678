import type { ErrorEntry } from './error-entry.ts';

/** Codes of the rules, and of the time for other programs. */
export const RULE_ERRORS = {
  'rules.portInUse': {
    exitCode: 1,
    isRetryable: true,
    remedy:
      'Stop what listens there, or change rules.port; everything but the rules goes on, and the port is tried again.',
  },
  'rules.folderFailed': {
    exitCode: 1,
    isRetryable: true,
    remedy:
      'Free disk space, or give the gateway user the right to write there; everything but the rules goes on, and it is tried again.',
  },
  'rules.unreadableFlows': {
    exitCode: 1,
    isRetryable: true,
    remedy:
      'Restore the named file from a backup, or move flows.json and flows_cred.json away to begin anew with the shipped flow; the gateway does not touch them, and looks again by itself.',
  },
  'rules.crashed': {
    exitCode: 1,
    isRetryable: true,
    remedy: 'The log has its last lines; Node-RED is started again by itself, and everything else goes on.',
  },
  'rules.held': {
    exitCode: 1,
    isRetryable: false,
    remedy: 'Open the editor, correct the flow and deploy: the flows start again then.',
  },
  'rules.flooding': {
    exitCode: 1,
    isRetryable: false,
    remedy:
      'Let the flow listen to less than it publishes on, or raise rules.maxPublishesPerSecond; deploy, and the flows start again.',
  },
  'rules.publishRefused': {
    exitCode: 1,
    isRetryable: false,
    remedy:
      'Publish on events/, alerts/ or commands/ with QoS 0 or 1, and no more than the limits of the broker allow; correct the flow and deploy.',
  },
  'chrony.noSocat': {
    exitCode: 1,
    isRetryable: true,
    remedy: 'Install socat (the Debian package has that name); it carries the samples. Everything else goes on.',
  },
  'chrony.unreachable': {
    exitCode: 1,
    isRetryable: true,
    remedy:
      'Start chronyd with a line `refclock SOCK` for the socket, and let the gateway user write to it; it is tried again. Everything else goes on.',
  },
} as const satisfies Record<string, ErrorEntry>;
