import fastifyStatic from '@fastify/static';
import { type FastifyInstance, fastify } from 'fastify';
import { WaystationError } from '#gateway/model/errors.ts';
import type { ProcessMetrics } from '#gateway/runtime/process-metrics.ts';
import type { ConsoleFeed } from './console-feed.ts';
import { GuardedAnswer, refuseClient } from './guarded-answer.ts';
import type { LiveStreams } from './live-streams.ts';
import { renderMetrics } from './metrics.ts';
import { pageFolderOrNone } from './page-folder.ts';
import { isOwnHost, isOwnPage } from './request-guard.ts';

/** What {@link openConsoleServer} needs. */
export interface ConsoleServerOptions {
  readonly feed: Pick<ConsoleFeed, 'live' | 'history'>;
  readonly streams: LiveStreams;
  /** @throws WaystationError `sink.unknown`, `sink.notWaiting` */
  readonly retrySink: (id: string) => void;
  /** Where the page was built to; without it the API answers all the same. */
  readonly pageFolder: string;
}

/** What is sent to the console says nothing: `{}`. */
const MAX_BODY_BYTES = 1024;
/** For a request to arrive as a whole. */
const REQUEST_TIMEOUT_MS = 10_000;
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
const JSON_TYPE = /^application\/json\s*(;|$)/i;
const HASHED_ASSET = /\/assets\//;
const PROMETHEUS_TEXT = 'text/plain; version=0.0.4; charset=utf-8';

/** The routes of the console; not listening yet. */
export async function openConsoleServer(options: ConsoleServerOptions): Promise<FastifyInstance> {
  const { feed, streams } = options;
  const app = fastify({
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
    http: { ServerResponse: GuardedAnswer },
    clientErrorHandler: refuseClient,
  });
  app.addHook('onRequest', async (request, reply) => {
    if (!isOwnHost(request.headers.host)) {
      await reply.code(421).send({ error: 'Ask for this console as 127.0.0.1 or localhost.' });
    }
  });
  app.get('/healthz', async (_request, reply) => {
    const { journal } = feed.live().status;
    reply.code(journal.state === 'ok' ? 200 : 503);
    return { status: journal.state };
  });
  app.get('/api/status', async (_request, reply) => {
    reply.header('cache-control', 'no-store');
    return feed.live();
  });
  app.get('/api/history', async (_request, reply) => {
    reply.header('cache-control', 'no-store');
    return feed.history();
  });
  // Without a HEAD of its own: one would take the place of a tab and never end.
  app.get('/api/events', { exposeHeadRoute: false }, (request, reply) => {
    reply.hijack();
    if (!streams.add(request.raw.socket, reply.raw)) reply.raw.writeHead(503).end('Too many tabs watch this console.');
  });
  addActions(app, options.retrySink);
  addMetrics(app, feed);
  await addPage(app, options.pageFolder);
  await app.ready();
  return app;
}

/** The one thing that a person can do here. A form, or a script elsewhere, cannot send JSON without asking first, and is not answered then. */
function addActions(app: FastifyInstance, retrySink: ConsoleServerOptions['retrySink']): void {
  app.removeContentTypeParser('text/plain');
  app.addHook('onRequest', async (request, reply) => {
    if (SAFE_METHODS.has(request.method)) return;
    if (!isOwnPage(request.headers))
      await reply.code(403).send({ error: 'Only the page of this console may do that.' });
    else if (!JSON_TYPE.test(request.headers['content-type'] ?? ''))
      await reply.code(415).send({ error: 'Send {} as application/json.' });
  });
  app.post<{ Params: { id: string } }>('/api/sinks/:id/retry', async ({ params }, reply) => {
    try {
      retrySink(params.id);
      return await reply.code(202).send({});
    } catch (error) {
      if (!(error instanceof WaystationError)) throw error;
      return await reply.code(error.code === 'sink.unknown' ? 404 : 409).send({ error: error.summary });
    }
  });
}

function addMetrics(app: FastifyInstance, feed: Pick<ConsoleFeed, 'live'>): void {
  let processMetrics: Promise<ProcessMetrics> | undefined;
  app.get('/metrics', async (_request, reply) => {
    // Whoever does not scrape does not pay for it.
    processMetrics ??= import('#gateway/runtime/process-metrics.ts').then((module) => module.startProcessMetrics());
    const ofProcess = await (await processMetrics)();
    return await reply.type(PROMETHEUS_TEXT).send(renderMetrics(feed.live()) + ofProcess);
  });
}

async function addPage(app: FastifyInstance, pageFolder: string): Promise<void> {
  const root = await pageFolderOrNone(pageFolder);
  if (root === undefined) {
    app.get('/', async (_request, reply) => await reply.code(503).type('text/plain; charset=utf-8').send(NOT_BUILT));
    return;
  }
  await app.register(fastifyStatic, {
    root,
    preCompressed: true,
    cacheControl: false,
    dotfiles: 'ignore',
    setHeaders: (reply, path) => {
      reply.header('cache-control', HASHED_ASSET.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
}

const NOT_BUILT = `The page of this console has not been built. In the checkout, run

  node deploy/setup.mjs

and start the gateway again. The API answers already: /api/status, /api/history, /api/events, /metrics, /healthz
`;
