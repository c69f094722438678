import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { WaystationError } from '#gateway/model/errors.ts';
import type { Secret } from '#gateway/model/secret.ts';
import { readBounded } from '#gateway/runtime/read-bounded.ts';

/** Where the hub listens. */
export interface HubAddress {
  readonly host: string;
  readonly port: number;
  /** TLS, by the scheme `mqtts`. */
  readonly isSecure: boolean;
}

/** How the gateway proves who it is; both kinds may be given. */
export interface HubCredentials {
  readonly username?: string;
  readonly password?: Secret;
  /** PEM files of the client certificate and its key, for `mqtts`. They are read at each attempt, so a renewed certificate is picked up. */
  readonly certFile?: string;
  readonly keyFile?: string;
}

const DEFAULT_PORTS = { 'mqtt:': 1883, 'mqtts:': 8883 } as const;

/**
 * Takes `mqtt://host:1883` or `mqtts://host:8883` apart.
 *
 * @throws WaystationError `config.invalid`
 */
export function parseHubUrl(text: string, credentials: HubCredentials = {}): HubAddress {
  const url = URL.parse(text);
  const scheme = url?.protocol;
  if (url === null || url.hostname === '' || (scheme !== 'mqtt:' && scheme !== 'mqtts:')) {
    throw new WaystationError(
      'config.invalid',
      `The url of the sink must be mqtt://HOST or mqtts://HOST, but is ${text}.`,
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw new WaystationError('config.invalid', 'The url of the sink holds a login; put it under `credentials`.');
  }
  if ((credentials.certFile === undefined) !== (credentials.keyFile === undefined)) {
    throw new WaystationError('config.invalid', 'A client certificate needs both `certFile` and `keyFile`.');
  }
  if (credentials.certFile !== undefined && scheme === 'mqtt:') {
    throw new WaystationError(
      'config.invalid',
      'A client certificate needs TLS: write mqtts:// in the url of the sink.',
    );
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return { host, port: url.port === '' ? DEFAULT_PORTS[scheme] : Number(url.port), isSecure: scheme === 'mqtts:' };
}

/**
 * Starts to connect; the socket reports success and failure by its events. Small packets leave at once: with few of them in
 * flight, Nagle's algorithm and delayed acknowledgements would wait for each other.
 *
 * @throws WaystationError `secret.unreadable`
 */
export async function openHubSocket(address: HubAddress, credentials: HubCredentials): Promise<Socket> {
  const { host, port, isSecure } = address;
  if (!isSecure) return connectTcp({ host, port, noDelay: true });
  const identity = await readIdentity(credentials);
  const servername = isIP(host) === 0 ? { servername: host } : {};
  const socket = connectTls({ host, port, ...servername, ...identity });
  socket.setNoDelay(true);
  return socket;
}

async function readIdentity({ certFile, keyFile }: HubCredentials): Promise<{ cert?: Buffer; key?: Buffer }> {
  if (certFile === undefined || keyFile === undefined) return {};
  return { cert: await readSecret(certFile), key: await readSecret(keyFile) };
}

/** More than any chain of certificates needs. */
const MAX_PEM_BYTES = 1024 * 1024;

async function readSecret(path: string): Promise<Buffer> {
  try {
    return await readBounded(path, MAX_PEM_BYTES);
  } catch (cause) {
    throw new WaystationError('secret.unreadable', `Reading ${path} to connect to the hub failed.`, { cause });
  }
}
