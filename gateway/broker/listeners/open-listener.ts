import { createServer, type Server } from 'node:net';
import { WaystationError } from '#gateway/model/errors.ts';
import { isLoopback } from '#gateway/model/loopback.ts';
import type { ListenerStatus } from '#gateway/model/status.ts';
import type { Clock } from '#gateway/runtime/clock.ts';
import type { Logger } from '#gateway/runtime/logger.ts';
import { CertificateKeeper } from './certificate-keeper.ts';
import { Entrance, type EntranceContext } from './entrance.ts';
import { hasTls, type ListenerOptions, type ListenerType } from './listener-options.ts';

/** A listening socket. */
export interface Listener extends AsyncDisposable {
  readonly type: ListenerType;
  readonly host: string;
  /** The port really taken. */
  readonly port: number;
  /** Whether its clients come through proxies, and only so. */
  readonly isProxied: boolean;
  status(): ListenerStatus;
  /**
   * Takes the files of its certificate as they are now; nothing to do without TLS.
   *
   * @throws WaystationError `tls.unreadable`, `tls.invalid`: what was in use stays
   */
  reload(): Promise<void>;
}

/** What {@link openListener} needs beside the configuration. */
export interface ListenerContext extends EntranceContext {
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Listens on one port.
 *
 * @param key where the listener stands in the configuration, for the error message
 * @throws WaystationError `listener.portInUse`, `listener.failed`, `tls.unreadable`, `tls.invalid`
 */
export async function openListener(options: ListenerOptions, key: string, context: ListenerContext): Promise<Listener> {
  const { type, host, port } = options;
  if (!(hasTls(options) || isLoopback(host) || options.insecure)) {
    const message = `${key}.host is ${host}: ${type} off loopback needs insecure: true`;
    throw new WaystationError('listener.failed', message);
  }
  await using opened = new AsyncDisposableStack();
  const entrance = opened.use(new Entrance(options, context));
  const { clock, logger } = context;
  const use = entrance.use.bind(entrance);
  const keeping = { listener: `${type} ${host}:${port}`, clock, logger, use };
  const keeper = hasTls(options) ? opened.use(await CertificateKeeper.open({ ...keeping, files: options })) : undefined;
  const server = createServer(SOCKET_OPTIONS, (socket) => entrance.welcome(socket));
  const realPort = await listen(server, options, key);
  const owned = opened.move();
  const isProxied = options.trustedProxies !== undefined;
  return {
    ...{ type, host, port: realPort, isProxied },
    status: () => ({ type, host, port: realPort, ...keeper?.status() }),
    reload: async () => await keeper?.reload(),
    async [Symbol.asyncDispose]() {
      // Waits for the connections too; those that have arrived are the broker's to close.
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await owned.disposeAsync();
      await closed;
    },
  };
}

const SOCKET_OPTIONS = {
  noDelay: true,
  keepAlive: true,
  // When TCP starts to ask whether a silent peer is still there; MQTT's own keep-alive may be switched off by the client.
  keepAliveInitialDelay: 60_000,
};

/** @returns the port really taken */
async function listen(server: Server, { host, port }: ListenerOptions, key: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(listenError(cause, `${host}:${port}`, key)));
    server.listen({ host, port }, resolve);
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

function listenError(cause: NodeJS.ErrnoException, address: string, key: string): WaystationError {
  return cause.code === 'EADDRINUSE'
    ? new WaystationError('listener.portInUse', `cannot listen on ${address} (${key}.port): the port is in use`, {
        cause,
      })
    : new WaystationError('listener.failed', `cannot listen on ${address} (${key}): ${cause.message}`, { cause });
}
