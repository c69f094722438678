/**
 * The console: what a person sees of a running gateway in a browser, and what Prometheus scrapes.
 *
 * It looks, and has one action: to let a sink try again now. Nothing here changes what is kept or sent, and a console that cannot
 * listen never stops the gateway.
 * Start reading here. `console-feed.ts` looks at the gateway and remembers (`recorder.ts`, `outages.ts`: pure),
 * `console-server.ts` answers requests, `web/page.tsx` is the page, `live-view.ts` is what travels between them.
 */
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { Journal } from '#gateway/journal/journal.ts';
import { WaystationError } from '#gateway/model/errors.ts';
import type { GatewayStatus } from '#gateway/model/status.ts';
import { type Clock, wait } from '#gateway/runtime/clock.ts';
import type { Logger } from '#gateway/runtime/logger.ts';
import { ConsoleFeed } from './console-feed.ts';
import { openConsoleServer } from './console-server.ts';
import { LiveStreams } from './live-streams.ts';
import { PAGE_FOLDER, pageFolderOrNone } from './page-folder.ts';
import type { PositionTrack } from './position-track.ts';

/** What a console is opened with. */
export interface ConsoleOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly status: () => GatewayStatus;
  /** @throws WaystationError `sink.unknown`, `sink.notWaiting` */
  readonly retrySink: (id: string) => void;
  readonly journal: Pick<Journal, 'stream' | 'clockRuns'>;
  readonly track: PositionTrack;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where the page was built to; the checkout's unless stated. */
  readonly pageFolder?: string;
}

/** A running console. */
export interface Console extends AsyncDisposable {
  /** The port really taken; undefined while another program holds it. */
  readonly port: number | undefined;
}

/** How often a port that is taken is tried again. */
const LISTEN_RETRY_MS = 10_000;

/** Serves the console. A port that cannot be had is logged and tried again: events matter more than their display. */
export async function openConsole(options: ConsoleOptions): Promise<Console> {
  const streams = new LiveStreams();
  const feed = new ConsoleFeed({ ...options, emit: (name, value) => streams.emit(name, value) });
  const { retrySink, pageFolder = PAGE_FOLDER } = options;
  const app = await openConsoleServer({ feed, streams, retrySink, pageFolder });
  if ((await pageFolderOrNone(pageFolder)) === undefined) {
    options.logger.warn({ remedy: 'npm run setup', folder: pageFolder }, 'the page of the console has not been built');
  }
  const closing = new AbortController();
  feed.start();
  const isListening = await tryListening(app.server, options);
  const retrying = isListening ? Promise.resolve() : retryListening(app.server, options, closing.signal);
  return {
    get port() {
      return portOf(app.server);
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      feed[Symbol.dispose]();
      await retrying;
      await closeServer(app.server);
      await app.close();
    },
  };
}

async function retryListening(server: Server, options: ConsoleOptions, signal: AbortSignal): Promise<void> {
  for (;;) {
    await wait(options.clock, LISTEN_RETRY_MS, signal);
    if (signal.aborted || (await tryListening(server, options))) return;
  }
}

/** @returns whether it listens now */
async function tryListening(server: Server, { host, port, logger }: ConsoleOptions): Promise<boolean> {
  try {
    server.listen({ host, port });
    await once(server, 'listening');
    logger.info({ url: `http://${host.includes(':') ? `[${host}]` : host}:${portOf(server)}/` }, 'console');
    return true;
  } catch (cause) {
    logger.error({ error: listenError(cause, `${host}:${port}`) }, 'the console cannot listen; it tries again');
    return false;
  }
}

function listenError(cause: unknown, address: string): WaystationError {
  const code = cause instanceof Error && Reflect.get(cause, 'code') === 'EADDRINUSE' ? 'portInUse' : 'failed';
  return new WaystationError(`listener.${code}`, `cannot listen on ${address} (console.port)`, { cause });
}

/** Live streams, and connections that are kept alive, would hold up the end of the gateway; browsers come back by themselves. */
function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function portOf(server: Server): number | undefined {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : undefined;
}
