import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WaystationError } from '#gateway/model/errors.ts';
import { sampleSink, sampleStatus } from '#gateway/model/testing/sample-status.ts';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { MemoryLogger } from '#gateway/runtime/memory-logger.ts';
import { MAX_UNANSWERED_REQUESTS } from './guarded-server.ts';
import { MAX_STREAMS } from './live-streams.ts';
import type { HistoryView } from './live-view.ts';
import { type Console, type ConsoleOptions, openConsole } from './open-console.ts';
import { PositionTrack } from './position-track.ts';

let cleanup: AsyncDisposableStack;
let clock: FakeClock;
let logger: MemoryLogger;
let status = sampleStatus();
let retried: string[] = [];

beforeEach(() => {
  cleanup = new AsyncDisposableStack();
  clock = new FakeClock();
  logger = new MemoryLogger();
  status = sampleStatus();
  retried = [];
});

afterEach(async () => {
  await cleanup.disposeAsync();
});

async function open(changes: Partial<ConsoleOptions> = {}): Promise<Console> {
  return cleanup.use(
    await openConsole({
      host: '127.0.0.1',
      port: 0,
      status: () => status,
      retrySink: (id) => {
        if (id === 'gone') throw new WaystationError('sink.unknown', 'Looking for it');
        if (id !== 'hub') throw new WaystationError('sink.notWaiting', `Trying ${id} now: it is online`);
        retried.push(id);
      },
      // Nothing is left of an earlier run, so nothing is read.
      journal: { stream: () => expect.unreachable(), clockRuns: [] },
      track: new PositionTrack(clock),
      clock,
      logger,
      pageFolder: '/nowhere',
      ...changes,
    }),
  );
}

function get(console: Console, path: string, headers: Readonly<Record<string, string>> = {}) {
  return fetch(`http://127.0.0.1:${console.port}${path}`, { headers });
}

/** `fetch` sets the Host header itself, and makes no mistakes. */
async function askRaw(console: Console, request: string): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port: console.port ?? 0 });
  socket.end(request);
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe('the API', () => {
  it('answers with what the gateway is like now', async () => {
    const console = await open();
    const view = await (await get(console, '/api/status')).json();
    expect(view).toMatchObject({ nowMs: clock.wallMs(), status, rates: { sinks: { hub: 0 } }, oldestUnsentMs: {} });
  });

  it('remembers an outage, and tells it by the clock on the wall', async () => {
    const console = await open();
    const startMs = clock.wallMs();
    await clock.advance(10_000);
    status = sampleStatus({ sinks: [sampleSink({ state: 'waiting' })] });
    await clock.advance(10_000);
    status = sampleStatus();
    await clock.advance(5000);
    // The test fails on what is not there.
    const history = (await (await get(console, '/api/history')).json()) as HistoryView;
    expect(history).toMatchObject({
      watchedSinceMs: startMs,
      outages: [{ sink: 'hub', keptCount: 0, sentCount: 0 }],
      track: [],
    });
    const [outage] = history.outages;
    expect((outage?.endedMs ?? 0) - (outage?.startedMs ?? 0)).toBe(10_000);
    expect(history.samples.length).toBeGreaterThan(20);
    expect(outage).not.toHaveProperty('dealtWithAtEnd');
  });

  it('says by its status code whether the journal takes events', async () => {
    const console = await open();
    expect((await get(console, '/healthz')).status).toBe(200);
    status = { ...status, journal: { ...status.journal, state: 'full' } };
    const full = await get(console, '/healthz');
    expect([full.status, await full.json()]).toEqual([503, { status: 'full' }]);
  });

  it("serves the gateway's metrics and those of its process", async () => {
    const text = await (await get(await open(), '/metrics')).text();
    expect(text).toContain('\nwaystation_uptime_seconds 60\n');
    expect(text).toContain('\nprocess_resident_memory_bytes ');
  });

  it('makes metrics and history once for all who ask between two looks', async () => {
    let askedCount = 0;
    const console = await open({
      status: () => {
        askedCount++;
        return status;
      },
    });
    const before = askedCount;
    const ask = async () => await (await get(console, '/metrics')).text();
    expect(await ask()).toBe(await ask());
    expect(askedCount).toBe(before + 1);
    await clock.advance(500);
    await ask();
    expect(askedCount).toBe(before + 3);
  });

  it.each(['evil.example', 'evil.example:8080', '127.0.0.1.evil.example'])(
    'answers nothing to a page that calls it %s',
    async (host) => {
      const answer = await askRaw(
        await open(),
        `GET /api/status HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1.1 421 /);
      expect(answer).not.toContain('truck-7');
    },
  );

  it.each(['/api/status', '/api/history', '/metrics', '/healthz', '/', '/nonsense'])(
    'sends its policy with %s',
    async (path) => {
      const { headers } = await get(await open(), path);
      expect(headers.get('content-security-policy')).toMatch(/^default-src 'self'/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('access-control-allow-origin')).toBeNull();
    },
  );

  it.each([
    ['bytes that are no HTTP', 400, 'nonsense\r\n\r\n'],
    ['a request without a host', 400, 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n'],
    ['headers without end', 431, `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`],
    ['a path that cannot be decoded', 400, 'GET /%ff HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'],
    ['an expectation', 417, 'GET / HTTP/1.1\r\nHost: localhost\r\nExpect: gold\r\nConnection: close\r\n\r\n'],
    ['two hosts', 400, 'GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n'],
    ['a TRACE', 405, 'TRACE /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'],
    ['a DELETE', 405, 'DELETE / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'],
    ['a method of its own', 400, 'FROB / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'],
    [
      'chunks that are none',
      400,
      'POST /api/status HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    ],
  ])('sends its policy with the answer to %s: %i', async (_what, code, request) => {
    const answer = await askRaw(await open(), request);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${code} `));
    expect(answer.toLowerCase()).toMatch(/^content-security-policy: default-src 'self'/m);
    expect(answer.toLowerCase()).toMatch(/^x-content-type-options: nosniff\r$/m);
  });

  it('gives a HEAD no place among the live streams', async () => {
    await using console = await open();
    const { status: code } = await fetch(`http://127.0.0.1:${console.port}/api/events`, { method: 'HEAD' });
    expect(code).toBe(404);
  });

  it('has nothing else that can be changed', async () => {
    const console = await open();
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      const answers = ['/api/status', '/api/sinks/hub', '/api/sinks/hub/retry'].map((path) =>
        fetch(`http://127.0.0.1:${console.port}${path}`, { method, headers: JSON_TYPE, body: '{}' }),
      );
      const codes = (await Promise.all(answers)).map((answer) => answer.status);
      expect(codes).toEqual(method === 'POST' ? [404, 404, 202] : [405, 405, 405]);
    }
  });
});

const JSON_TYPE = { 'content-type': 'application/json' };

describe('«try now»', () => {
  const retry = (console: Console, id: string, headers: Readonly<Record<string, string>>, body: string | null = '{}') =>
    fetch(`http://127.0.0.1:${console.port}/api/sinks/${id}/retry`, { method: 'POST', headers, body });

  it('reaches the sink, and is guarded like everything else', async () => {
    const answer = await retry(await open(), 'hub', JSON_TYPE);
    expect([answer.status, await answer.json(), retried]).toEqual([202, {}, ['hub']]);
    expect(answer.headers.get('x-frame-options')).toBe('DENY');
  });

  it.each([
    ['gone', 404, /^sink\.unknown: Looking for it\./],
    ['influx', 409, /^sink\.notWaiting: Trying influx now: it is online\. Nothing to do/],
  ])('of the sink %s is answered with %i and the reason', async (id, code, reason) => {
    const answer = await retry(await open(), id, JSON_TYPE);
    expect([answer.status, await answer.json()]).toEqual([code, { error: expect.stringMatching(reason) }]);
  });

  it.each([
    ['a page elsewhere', 403, { ...JSON_TYPE, 'sec-fetch-site': 'cross-site' }, '{}'],
    ['a page elsewhere in an older browser', 403, { ...JSON_TYPE, origin: 'https://evil.example' }, '{}'],
    ['a form', 415, { 'content-type': 'application/x-www-form-urlencoded' }, ''],
    ['text that looks like JSON', 415, { 'content-type': 'text/plain' }, '{}'],
    ['a type that begins like JSON', 415, { 'content-type': 'application/jsonp' }, '{}'],
    ['nothing at all', 415, {}, null],
    ['JSON that is none', 400, JSON_TYPE, '{'],
    ['more than there is to say', 413, JSON_TYPE, `"${'x'.repeat(2000)}"`],
  ])('is refused to %s: %i', async (_who, code, headers, body) => {
    expect((await retry(await open(), 'hub', headers, body)).status).toBe(code);
    expect(retried).toEqual([]);
  });

  it('is refused under a name that was bent to this address', async () => {
    const head = 'POST /api/sinks/hub/retry HTTP/1.1\r\nHost: evil.example:8080\r\nSec-Fetch-Site: same-origin\r\n';
    const rest = 'Content-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}';
    expect(await askRaw(await open(), head + rest)).toMatch(/^HTTP\/1.1 421 /);
    expect(retried).toEqual([]);
  });
});

describe('the live stream', () => {
  async function watch(console: Console) {
    const abort = new AbortController();
    cleanup.defer(() => abort.abort());
    const response = await fetch(`http://127.0.0.1:${console.port}/api/events`, { signal: abort.signal });
    return { response, text: response.body?.pipeThrough(new TextDecoderStream()).getReader() };
  }

  it('tells twice a second over a real socket, and at once when an outage begins', async () => {
    const console = await open();
    const { response, text } = await watch(console);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'self'/);
    status = sampleStatus({ sinks: [sampleSink({ state: 'waiting', backlogCount: 0 })] });
    await clock.advance(2000);
    let received = '';
    while (received.split('event: live').length < 5) received += (await text?.read())?.value ?? '';
    expect(received).toMatch(/^retry: \d+\n\n/);
    const outages = /event: outages\ndata: (.*)\n\n/.exec(received)?.[1] ?? '';
    expect(JSON.parse(outages)).toMatchObject([{ sink: 'hub', keptCount: 0 }]);
  });

  it('gives one socket one place, however many requests come on it', async () => {
    const console = await open();
    const hog = connect({ host: '127.0.0.1', port: console.port ?? 0 });
    cleanup.defer(() => void hog.destroy());
    hog.write('GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(MAX_UNANSWERED_REQUESTS));
    await once(hog, 'data');
    const others = [];
    for (let tab = 1; tab < MAX_STREAMS; tab++) others.push((await watch(console)).response.status);
    expect(others).toEqual(Array(MAX_STREAMS - 1).fill(200));
    expect((await get(console, '/api/events')).status).toBe(503);
    hog.destroy();
    await expect.poll(async () => (await watch(console)).response.status).toBe(200);
  });

  it('refuses more tabs than it serves', async () => {
    const console = await open();
    for (let tab = 0; tab < MAX_STREAMS; tab++) expect((await watch(console)).response.status).toBe(200);
    expect((await get(console, '/api/events')).status).toBe(503);
  });

  it('does not hold up the end of the gateway', async () => {
    const console = await open();
    const { text } = await watch(console);
    await text?.read();
    await console[Symbol.asyncDispose]();
    await expect(text?.read()).rejects.toThrow();
    expect(clock.timerCount).toBe(0);
  });
});

describe('the page', () => {
  it('is said to be missing, with the command that builds it', async () => {
    const missing = await get(await open(), '/');
    expect(missing.status).toBe(503);
    expect(await missing.text()).toContain('npm run setup');
  });

  it('is sent compressed, and its hashed files for ever', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'console-page-'));
    cleanup.defer(() => rm(folder, { recursive: true }));
    await mkdir(join(folder, 'assets'));
    for (const name of ['index.html', 'assets/page-1a2b.js']) {
      await writeFile(join(folder, name), 'plain');
      await writeFile(join(folder, `${name}.gz`), Buffer.from('H4sIAAAAAAAAAyvISczMAwC8ZMIWBQAAAA==', 'base64'));
    }
    const console = await open({ pageFolder: folder });
    const page = await get(console, '/', { 'accept-encoding': 'gzip' });
    expect(page.headers.get('content-encoding')).toBe('gzip');
    expect(page.headers.get('cache-control')).toBe('no-cache');
    const script = await get(console, '/assets/page-1a2b.js', { 'accept-encoding': 'gzip' });
    expect(script.headers.get('cache-control')).toContain('immutable');
    expect((await get(console, '/../open-console.ts')).status).toBe(404);
  });
});

it('waits for a port that another program holds, and says so; the gateway goes on', async () => {
  const other = createServer().listen({ host: '127.0.0.1', port: 0 });
  await once(other, 'listening');
  const address = other.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const console = await open({ port });
  expect(console.port).toBeUndefined();
  expect(JSON.stringify(logger.lines)).toContain('listener.portInUse');
  await new Promise((resolve) => other.close(resolve));
  await clock.advance(10_000);
  await expect.poll(() => console.port).toBe(port);
  expect((await get(console, '/healthz')).status).toBe(200);
});
