import { createServer, type Socket } from 'node:net';
import { WaystationError } from '#gateway/model/errors.ts';
import { isLoopback } from '#gateway/model/loopback.ts';

/** One entry of `broker.listeners`. */
export interface ListenerOptions {
  readonly type: 'mqtt';
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Must be true for plain MQTT on anything but loopback: passwords travel in the clear. */
  readonly insecure?: boolean;
}

/** A listening socket. */
export interface Listener extends AsyncDisposable {
  readonly type: 'mqtt';
  readonly host: string;
  /** The port really taken. */
  readonly port: number;
}

/**
 * Listens on plain TCP.
 *
 * @param key where the listener stands in the configuration, for the error message
 * @throws WaystationError `listener.portInUse`, `listener.failed`
 */
export async function openListener(
  options: ListenerOptions,
  key: string,
  onConnection: (socket: Socket) => void,
): Promise<Listener> {
  const { type, host, port } = options;
  if (!(isLoopback(host) || options.insecure)) {
    throw new WaystationError(
      'listener.failed',
      `${key}.host is ${host}: plain MQTT off loopback needs insecure: true`,
    );
  }
  const server = createServer(
    { noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_DELAY_MS },
    onConnection,
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(listenError(cause, `${host}:${port}`, key)));
    server.listen({ host, port }, resolve);
  });
  const address = server.address();
  const realPort = typeof address === 'object' && address !== null ? address.port : port;
  return {
    type,
    host,
    port: realPort,
    async [Symbol.asyncDispose]() {
      // Waits for the connections too; those are the broker's to close.
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** When TCP starts to ask whether a silent peer is still there; MQTT's own keep-alive may be switched off by the client. */
const KEEP_ALIVE_DELAY_MS = 60_000;

function listenError(cause: NodeJS.ErrnoException, address: string, key: string): WaystationError {
  return cause.code === 'EADDRINUSE'
    ? new WaystationError('listener.portInUse', `cannot listen on ${address} (${key}.port): the port is in use`, {
        cause,
      })
    : new WaystationError('listener.failed', `cannot listen on ${address} (${key}): ${cause.message}`, { cause });
}
