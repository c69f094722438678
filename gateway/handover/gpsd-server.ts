import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { WaystationError } from '#gateway/model/errors.ts';
import type { GnssReport } from '#gateway/model/gnss-report.ts';
import type { GpsdStatus } from '#gateway/model/status.ts';
import { type Clock, wait } from '#gateway/runtime/clock.ts';
import type { Logger } from '#gateway/runtime/logger.ts';
import { type GpsdAnswers, GpsdClient, gpsdLine } from './gpsd-client.ts';
import { composeSky, composeTpv, gpsdReports } from './gpsd-report.ts';

/** What a {@link GpsdServer} is opened with. */
export interface GpsdServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Of the gateway, which clients are told. */
  readonly version: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Clients at a time; further ones are closed at once. */
export const MAX_CLIENTS = 16;
/** How often a port that is taken is tried again. */
const LISTEN_RETRY_MS = 10_000;
/** Of the protocol spoken: that of gpsd 3.22. */
const PROTOCOL = { proto_major: 3, proto_minor: 14 } as const;

/** Listens; a port that is taken, by gpsd itself for example, is logged and tried again. */
export async function openGpsdServer(options: GpsdServerOptions): Promise<GpsdServer> {
  const server = new GpsdServer(options);
  await server.start();
  return server;
}

/** Tells clients of gpsd what the receivers of the gateway say: JSON, never raw bytes, and nothing is taken from them. */
export class GpsdServer implements AsyncDisposable {
  readonly #options: GpsdServerOptions;
  readonly #server: Server;
  readonly #clients = new Set<GpsdClient>();
  /** By port: when it was heard first, and what it said last. As many as are configured. */
  readonly #devices = new Map<string, HeardDevice>();
  readonly #answers: GpsdAnswers;
  readonly #closing = new AbortController();
  #retrying: Promise<void> = Promise.resolve();
  #droppedClientCount = 0;

  constructor(options: GpsdServerOptions) {
    this.#options = options;
    this.#answers = {
      version: () => ({
        class: 'VERSION',
        release: options.version,
        rev: `waystation-${options.version}`,
        ...PROTOCOL,
      }),
      devices: () => ({ class: 'DEVICES', devices: [...this.#devices].map(([path, heard]) => describe(path, heard)) }),
      poll: () => this.#poll(),
    };
    this.#server = createServer((socket) => this.#welcome(socket));
  }

  async start(): Promise<void> {
    if (!(await this.#tryListening())) this.#retrying = this.#retryListening();
  }

  take(report: GnssReport): void {
    const { path, epoch } = report;
    const { clock } = this.#options;
    const before = this.#devices.get(path);
    const heard = {
      activated: before?.activated ?? new Date(clock.wallMs()).toISOString(),
      latest: report,
      skyReport: epoch.sky === undefined ? before?.skyReport : report,
    };
    this.#devices.set(path, heard);
    if (this.#clients.size === 0) return;
    const hostMs = clock.wallMs() - (clock.monotonicMs() - report.arrival.monotonicMs);
    const news = before === undefined ? [describe(path, heard)] : [];
    const lines = [...news, ...gpsdReports(report, hostMs)].map(gpsdLine).join('');
    for (const client of this.#clients) client.report(path, lines);
  }

  status(): GpsdStatus {
    const { host, port } = this.#options;
    const address = this.#server.address();
    const isListening = typeof address === 'object' && address !== null;
    return {
      ...{ host, port: isListening ? address.port : port, isListening },
      ...{ clientCount: this.#clients.size, droppedClientCount: this.#droppedClientCount },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#retrying;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const client of this.#clients) client.end();
    await closed;
  }

  #welcome(socket: Socket): void {
    if (this.#clients.size >= MAX_CLIENTS) {
      this.#droppedClientCount++;
      socket.destroy();
      return;
    }
    const client = new GpsdClient(socket, this.#answers, () => this.#droppedClientCount++);
    this.#clients.add(client);
    socket.once('close', () => this.#clients.delete(client));
  }

  #poll(): object {
    const heard = [...this.#devices.values()];
    const skies = heard.flatMap(({ skyReport }) => {
      const sky = skyReport?.epoch.sky;
      return skyReport === undefined || sky === undefined ? [] : [composeSky(skyReport, sky)];
    });
    const time = new Date(this.#options.clock.wallMs()).toISOString();
    const tpv = heard.map(({ latest }) => composeTpv(latest));
    return { class: 'POLL', time, active: heard.length, tpv, gst: [], sky: skies };
  }

  async #retryListening(): Promise<void> {
    const { signal } = this.#closing;
    for (;;) {
      await wait(this.#options.clock, LISTEN_RETRY_MS, signal);
      if (signal.aborted || (await this.#tryListening())) return;
    }
  }

  /** @returns whether it listens now */
  async #tryListening(): Promise<boolean> {
    const { host, port, logger } = this.#options;
    try {
      this.#server.listen({ host, port });
      await once(this.#server, 'listening');
      logger.info({ host, port: this.status().port }, 'Clients of gpsd are served.');
      return true;
    } catch (cause) {
      const code = cause instanceof Error && Reflect.get(cause, 'code') === 'EADDRINUSE' ? 'portInUse' : 'failed';
      const attempted = `Listening for clients of gpsd on ${host}:${port} (time.gpsd)`;
      const error = new WaystationError(`listener.${code}`, attempted, { cause });
      logger.error({ error }, 'Clients of gpsd cannot be served; it is tried again.');
      return false;
    }
  }
}

/** What is known of one receiver. */
interface HeardDevice {
  /** When it was heard first, ISO 8601. */
  readonly activated: string;
  readonly latest: GnssReport;
  /** The latest with a complete view of the sky. */
  readonly skyReport: GnssReport | undefined;
}

function describe(path: string, { activated }: HeardDevice): object {
  return { class: 'DEVICE', path, activated, driver: 'Waystation', native: 0 };
}
