import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { WaystationError } from '#gateway/model/errors.ts';
import type { HubCredentials, HubIdentity } from './hub-identity.ts';

/** Where the hub listens. */
export interface HubAddress {
  readonly host: string;
  readonly port: number;
  /** TLS, by the scheme `mqtts`. */
  readonly isSecure: boolean;
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

/** How a connection is made. */
export interface SocketOptions {
  /** What TLS takes; nothing but the authorities of the system when absent. */
  readonly identity?: Pick<HubIdentity, 'cert' | 'key' | 'ca'>;
  /** The protocol to name where a hub serves several on one port. */
  readonly alpn?: string | undefined;
  /** Is handed the TCP socket before anything goes over it, to count what does. */
  readonly meter?: ((socket: Socket) => void) | undefined;
}

/**
 * Connects. Small packets leave at once: with few of them in flight, Nagle's algorithm and delayed acknowledgements would wait for
 * each other. The handshake of TLS is not waited for; its failure is an error event.
 *
 * @throws Error of the network; WaystationError `hub.refused` for files that TLS cannot use
 */
export async function openHubSocket(
  { host, port, isSecure }: HubAddress,
  { identity = {}, alpn, meter }: SocketOptions,
  signal: AbortSignal,
): Promise<Socket> {
  const tcp = connectTcp({ host, port, noDelay: true });
  meter?.(tcp);
  await connected(tcp, signal);
  if (!isSecure) return tcp;
  try {
    // A name is sent wherever there is one: AWS IoT Core and others find the customer by it. `host` is what the certificate is for.
    const servername = isIP(host) === 0 ? { servername: host } : {};
    const socket = connectTls({
      socket: tcp,
      host,
      ...servername,
      ...(alpn && { ALPNProtocols: [alpn] }),
      ...identity,
    });
    // The host's word for what broke, which the TLS socket would not pass on.
    tcp.on('error', (error) => socket.destroy(error));
    return socket;
  } catch (cause) {
    tcp.destroy();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new WaystationError('hub.refused', `certFile, keyFile or ca of the sink cannot be used: ${reason}`, {
      cause,
    });
  }
}

function connected(tcp: Socket, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: Error) => {
      tcp.off('connect', settle).off('error', settle);
      signal.removeEventListener('abort', giveUp);
      if (error === undefined) return resolve();
      tcp.destroy();
      reject(error);
    };
    const giveUp = () => settle(new Error('the attempt was given up'));
    tcp.once('connect', settle).once('error', settle);
    if (signal.aborted) giveUp();
    else signal.addEventListener('abort', giveUp, { once: true });
  });
}
