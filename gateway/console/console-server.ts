import fastifyStatic from '@fastify/static';
import { type FastifyInstance, fastify } from 'fastify';
import { WaystationError } from '#gateway/model/errors.ts';
import type { ProcessMetrics } from '#gateway/runtime/process-metrics.ts';
import type { ConsoleFeed } from './console-feed.ts';
import { refuseClient } from './guarded-answer.ts';
import { createGuardedServer } from './guarded-server.ts';
import type { LiveStreams } from './live-streams.ts';
import { renderMetrics } from './metrics.ts';
import { pageFolderOrNone } from './page-folder.ts';
import { isOwnHost, isOwnPage } from './request-guard.ts';

/** What {@link openConsoleServer} needs. */
export interface ConsoleServerOptions {
  readonly feed: Pick<ConsoleFeed, 'live' | 'history' | 'lookCount'>;
  readonly streams: LiveStreams;
  /** @throws WaystationError `sink.unknown`, `sink.notWaiting` */
  readonly retrySink: (id: string) => void;
  /** Where the page was built to; without it the API answers all the same. */
  readonly pageFolder: string;
}

/** What is sent to the console says nothing: `{}`. */
const MAX_BODY_BYTES = 1024;
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD']);
const ALLOWED = 'GET, HEAD, POST';
const JSON_TYPE = /^application\/json\s*(;|$)/i;
const HASHED_ASSET = /\/assets\//;
const JSON_TYPE_SENT = 'application/json; charset=utf-8';
const PROMETHEUS_TEXT = 'text/plain; version=0.0.4; charset=utf-8';

/** The routes of the console; not listening yet. */
export async function openConsoleServer(options: ConsoleServerOptions): Promise<FastifyInstance> {
  const { feed, streams } = options;
  const history = oncePerLook(feed, () => Buffer.from(JSON.stringify(feed.history())));
  const app = fastify({
    bodyLimit: MAX_BODY_BYTES,
    forceCloseConnections: true,
    serverFactory: (handler) => createGuardedServer(handler),
    clientErrorHandler: refuseClient,
  });
  app.addHook('onRequest', async (request, reply) => {
    // Node shows the first of two hosts; another program in the way may have looked at the second.
    if ((request.raw.headersDistinct['host']?.length ?? 0) > 1) {
      await reply.code(400).send({ error: 'A request has one Host.' });
    } else if (!isOwnHost(request.headers.host)) {
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
    return await reply.header('cache-control', 'no-store').type(JSON_TYPE_SENT).send(history());
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
    if (request.method !== 'POST')
      await reply
        .code(405)
        .header('allow', ALLOWED)
        .send({ error: `Allowed are ${ALLOWED}.` });
    else if (!isOwnPage(request.headers))
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

function addMetrics(app: FastifyInstance, feed: ConsoleServerOptions['feed']): void {
  let processMetrics: Promise<ProcessMetrics> | undefined;
  const metrics = oncePerLook(feed, async () => {
    // Whoever does not scrape does not pay for it.
    processMetrics ??= import('#gateway/runtime/process-metrics.ts').then((module) => module.startProcessMetrics());
    const ofProcess = await (await processMetrics)();
    return renderMetrics(feed.live()) + ofProcess;
  });
  app.get('/metrics', async (_request, reply) => await reply.type(PROMETHEUS_TEXT).send(await metrics()));
}

/** What is dear to make is made once for all who ask between two looks; the live stream tells nothing newer. */
function oncePerLook<T>(feed: Pick<ConsoleFeed, 'lookCount'>, make: () => T): () => T {
  let made: { readonly value: T; readonly look: number } | undefined;
  return () => {
    if (made?.look !== feed.lookCount) made = { look: feed.lookCount, value: make() };
    return made.value;
  };
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

const NOT_BUILT = `The page of this console has not been built. In the folder of Waystation, run

  npm run setup

which needs the npm registry (without one: docs/install.md), and start the gateway again. The API answers already: /api/status, /api/history, /api/events, /metrics, /healthz
`;
