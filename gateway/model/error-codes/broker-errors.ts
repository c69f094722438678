import type { ErrorEntry } from './error-entry.ts';

/** Codes of the broker and its clients. */
export const BROKER_ERRORS = {
  'listener.portInUse': {
    exitCode: 69,
    isRetryable: true,
    remedy: 'Stop what listens there, or change the port in the configuration.',
  },
  'listener.failed': { exitCode: 69, isRetryable: true, remedy: 'Check the address and the port of the listener.' },
  'tls.unreadable': {
    exitCode: 78,
    isRetryable: false,
    remedy: 'Check the path named under broker.listeners, and let the gateway user read the file.',
  },
  'tls.invalid': {
    exitCode: 78,
    isRetryable: false,
    remedy:
      'Put a certificate and its private key there, both PEM, and for clientCa the certificates of authorities; `openssl x509 -in FILE -text` shows what a file holds.',
  },
  'tls.expired': {
    exitCode: 78,
    isRetryable: false,
    remedy: 'Put a certificate there that has not ended; if it has not, the date of this host is wrong.',
  },
  'broker.notAuthorized': {
    exitCode: 1,
    isRetryable: false,
    remedy: 'Grant the topic to this user under broker.clients in the configuration.',
  },
  'broker.badMessage': {
    exitCode: 1,
    isRetryable: false,
    remedy: 'Publish on a topic without wildcards, at most 32 levels deep.',
  },
  'secret.notSet': {
    exitCode: 78,
    isRetryable: false,
    remedy:
      'Set the environment variable for the gateway: `Environment=NAME=…` or `EnvironmentFile=…` in its systemd service, or `NAME=… waystation run` by hand; or name a passwordFile.',
  },
  'secret.unreadable': {
    exitCode: 78,
    isRetryable: false,
    remedy: 'Create the file with the secret in it, readable by the gateway user and nobody else.',
  },
} as const satisfies Record<string, ErrorEntry>;
