import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '#gateway/model/secret.ts';
import { MAX_ANSWER_CHARS } from '#gateway/sinks/http/read-answer.ts';
import { InfluxServer } from '#gateway/sinks/testing/influx-server.ts';
import type { Point } from './compose-point.ts';
import type { Influx1Endpoint, InfluxEndpoint } from './influx-endpoint.ts';
import type { InfluxWriter, WriteOutcome } from './influx-writer.ts';
import { NativeInfluxWriter } from './native-influx-writer.ts';
import { NpmInfluxWriter } from './npm-influx-writer.ts';

const POINT: Point = {
  measurement: 'gnss.position',
  tags: { device: 'gps0', gateway: 'truck 7' },
  fields: new Map([
    ['fix', '"\\"3d\\"\\\\"'],
    ['isMoving', 'true'],
    ['speedKmh', '48'],
  ]),
  timeUs: 1_795_187_045_200_007,
};
const OTHER: Point = { measurement: 'mqtt.message', tags: {}, fields: new Map([['a b', '1']]), timeUs: 5 };
const LINES =
  'gnss.position,device=gps0,gateway=truck\\ 7 fix="\\"3d\\"\\\\",isMoving=true,speedKmh=48 1795187045200007\n' +
  'mqtt.message a\\ b=1 5';
const NEVER = new AbortController().signal;
/** Where an answer comes, however busy the machine is. */
const ANSWERED_MS = 60_000;
const SILENCE_MS = 100;

let server: InfluxServer;
let writers: DisposableStack;

beforeEach(async () => {
  server = await InfluxServer.open();
  writers = new DisposableStack();
});

afterEach(async () => {
  writers.dispose();
  await server[Symbol.asyncDispose]();
});

const open1: Readonly<Record<string, (endpoint: Influx1Endpoint) => InfluxWriter>> = {
  'the package': (endpoint) => new NpmInfluxWriter(endpoint),
  'the own writer': (endpoint) => new NativeInfluxWriter(endpoint),
};

function endpoint1(more: Partial<Influx1Endpoint> = {}): Influx1Endpoint {
  return { version: 1, url: server.url, database: 'telemetry', requestTimeoutMs: ANSWERED_MS, ...more };
}

/** To the version as it is usually configured. */
function openNative(version: 1 | 2 | 3): InfluxWriter {
  const common = { url: server.url, requestTimeoutMs: ANSWERED_MS };
  const token = new Secret('s3cret');
  const endpoints: Readonly<Record<1 | 2 | 3, InfluxEndpoint>> = {
    1: endpoint1(),
    2: { ...common, version: 2, org: 'fleet & co', bucket: 'tele metry', token },
    3: { ...common, version: 3, database: 'telemetry', token },
  };
  return writers.use(new NativeInfluxWriter(endpoints[version]));
}

function wordsOf(outcome: WriteOutcome): string | undefined {
  if ('error' in outcome) return outcome.error.summary;
  return 'reason' in outcome ? outcome.reason : undefined;
}

const error = (text: string) => JSON.stringify({ error: text });
const message = (text: string) => JSON.stringify({ code: 'invalid', message: text });

describe.each(Object.entries(open1))('%s, to version 1,', (_, make) => {
  const open = (more: Partial<Influx1Endpoint> = {}) => writers.use(make(endpoint1(more)));

  it('writes a line for each point, with microseconds, and asks for that precision', async () => {
    expect(await open().write([POINT, OTHER], NEVER)).toEqual({ kind: 'accepted' });
    const [request] = server.requests;
    expect(request?.body).toBe(LINES);
    expect(request?.url.pathname).toBe('/write');
    expect(request?.url.searchParams.get('db')).toBe('telemetry');
    expect(request?.url.searchParams.get('precision')).toBe('u');
    expect(request?.url.searchParams.get('rp') ?? '').toBe('');
  });

  it('writes to the retention policy that it is told', async () => {
    await open({ retentionPolicy: 'two weeks' }).write([POINT], NEVER);
    expect(server.requests[0]?.url.searchParams.get('rp')).toBe('two weeks');
  });

  it('asks with no points whether the database is there', async () => {
    expect(await open().write([], NEVER)).toEqual({ kind: 'accepted' });
    expect(server.requests[0]?.body).toBe('');
  });

  it('has no login unless one is configured: never root with the password root', async () => {
    await open().write([POINT], NEVER);
    const credentials = { username: 'truck', password: new Secret('s:e c') };
    await open({ url: `${server.url}/influx/`, credentials }).write([POINT], NEVER);
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
      undefined,
      `Basic ${Buffer.from('truck:s:e c').toString('base64')}`,
    ]);
    expect(server.requests[1]?.url.pathname).toBe('/influx/write');
  });

  it.each([
    [200, '', 'retry', /^influxdb.intercepted: .*answered 200 \(no content type\), .*login page/],
    [202, '{}', 'retry', /^influxdb.intercepted: .*answered 202/],
    [204, '', 'accepted', undefined],
    [400, error('partial write: field type conflict: input field dropped=1'), 'refused', /answered 400: partial write/],
    [400, error('unable to parse'), 'refused', /unable to parse/],
    [400, error('partial write: points beyond retention policy dropped=3'), 'expired', /dropped=3/],
    [400, 'not JSON', 'refused', /answered 400: not JSON/],
    [413, error('Request Entity Too Large'), 'refused', /answered 413/],
    [422, error('unprocessable'), 'refused', /answered 422/],
    [401, error('authorization failed'), 'pause', /^influxdb.refused: .*authorization failed.*credentials/],
    [403, error('not authorized'), 'pause', /^influxdb.refused: .*answered 403/],
    [404, error('database not found: "x"'), 'pause', /^influxdb.noDatabase: .*not found: "x"\. .*CREATE.*"telemetry"/],
    [404, '404 page not found\n', 'pause', /answered 404: 404 page not found\. Is it an InfluxDB 1/],
    [400, error('line 1:\n\t"a\\b"\u001b[2J'), 'refused', /answered 400: line 1: "a\\b" \[2J$/],
    [400, '{"error":{"deep":1}}', 'refused', /answered 400: \{"error":\{"deep":1\}\}$/],
    [400, '{"error":"cut', 'refused', /answered 400: \{"error":"cut$/],
    [301, '', 'retry', /^influxdb.intercepted: .*answered 301 \(.*url of the sink/],
    [405, '', 'retry', /^influxdb.intercepted: .*answered 405 \(.*url of the sink/],
    [407, '', 'retry', /^influxdb.intercepted: .*answered 407 \(.*A proxy/],
    [408, '', 'retry', /answered 408/],
    [429, '', 'retry', /answered 429/],
    [500, error('retention policy not found'), 'fault', /answered 500: retention policy not found$/],
    [502, '', 'retry', /answered 502/],
    [503, '', 'retry', /^influxdb.unavailable: .*answered 503/],
    [504, '', 'retry', /answered 504/],
  ])('takes the answer %i %s for %s, and goes on', async (status, body, kind, words) => {
    server.answer = () => ({ status, body });
    const writer = open();
    const outcome = await writer.write([POINT], NEVER);
    expect(outcome.kind).toBe(kind);
    if (words === undefined) expect(wordsOf(outcome)).toBeUndefined();
    else expect(wordsOf(outcome)).toMatch(words);
    server.answer = () => ({ status: 204 });
    expect(await writer.write([POINT], NEVER)).toEqual({ kind: 'accepted' });
    expect(server.requests).toHaveLength(2);
  });

  it('takes a login page for nothing written, however it is dressed [D1]', async () => {
    const headers = { 'content-type': 'text/html' };
    server.answer = () => ({ status: 200, headers, body: '<html>Welcome to the harbour</html>' });
    const page = await open().write([POINT], NEVER);
    expect(page).toMatchObject({ kind: 'retry', error: { message: expect.stringContaining('200 (text/html)') } });
    server.answer = () => ({ status: 302, headers: { location: 'http://portal.example/login' } });
    const redirect = await open().write([POINT], NEVER);
    const words = expect.stringMatching(/answered 302 \(.*redirects to http:\/\/portal.example\/login: is the url/);
    expect(redirect).toMatchObject({ kind: 'retry', error: { message: words } });
  });

  it.each([200, 400, 500, 503])('reads no more of an answer %i than it needs, if it never ends', async (status) => {
    server.answer = () => ({ status, body: 'x'.repeat(10_000), isEndless: true });
    const writer = open();
    expect(wordsOf(await writer.write([POINT], NEVER))).toContain(`answered ${status}`);
    server.answer = () => ({ status: 204 });
    expect(await writer.write([POINT], NEVER)).toEqual({ kind: 'accepted' });
    expect(server.connectionCount).toBe(2);
  });

  it('keeps one connection, and takes another when the server has ended it', async () => {
    const writer = open();
    for (let n = 0; n < 3; n++) await writer.write([POINT], NEVER);
    expect(server.connectionCount).toBe(1);
    server.closeIdle();
    expect(await writer.write([POINT], NEVER)).toEqual({ kind: 'accepted' });
    expect(server.requests).toHaveLength(4);
  });

  it('comes back when the server says, and no later than it should', async () => {
    const date = 'Fri, 20 Nov 2026 15:04:05 GMT';
    const answers = [{ 'retry-after': '7' }, { 'retry-after': 'Fri, 20 Nov 2026 15:04:25 GMT', date }, {}];
    for (const [index, status] of [429, 503, 503].entries()) {
      server.answer = () => ({ status, headers: answers[index] ?? {} });
      const outcome = await open().write([POINT], NEVER);
      expect('afterMs' in outcome ? outcome.afterMs : undefined).toBe([7000, 20_000, undefined][index]);
    }
  });

  it('knows the time of the server', async () => {
    const writer = open();
    expect(writer.serverTimeMs).toBeUndefined();
    server.answer = () => ({ status: 204, headers: { date: 'Fri, 20 Nov 2026 15:04:05 GMT' } });
    await writer.write([], NEVER);
    expect(writer.serverTimeMs).toBe(Date.UTC(2026, 10, 20, 15, 4, 5));
  });

  it('notices by its deadline that no answer comes [D4]', async () => {
    server.answer = () => undefined;
    const outcome = await open({ requestTimeoutMs: SILENCE_MS }).write([POINT], NEVER);
    expect(outcome).toMatchObject({ kind: 'retry', error: { code: 'influxdb.unavailable' } });
    expect(server.requests).toHaveLength(1);
  });

  it('waits for nothing when the signal aborts', async () => {
    const abort = new AbortController();
    server.answer = () => {
      abort.abort();
      return undefined;
    };
    expect(await open().write([POINT], abort.signal)).toMatchObject({ kind: 'retry' });
    expect(await open().write([POINT], abort.signal)).toMatchObject({ kind: 'retry' });
    expect(server.requests).toHaveLength(1);
  });

  it('says so when nobody listens', async () => {
    const writer = open({ url: 'http://127.0.0.1:1' });
    for (let n = 0; n < 2; n++) {
      const outcome = await writer.write([POINT], NEVER);
      expect(outcome).toMatchObject({ kind: 'retry', error: { message: expect.stringContaining('ECONNREFUSED') } });
    }
  });
});

describe('the own writer', () => {
  it('compresses what is larger than a packet', async () => {
    const writer = openNative(1);
    await writer.write([POINT], NEVER);
    const points = Array.from({ length: 100 }, (_, index) => ({ ...POINT, timeUs: POINT.timeUs + index }));
    expect(await writer.write(points, NEVER)).toEqual({ kind: 'accepted' });
    const [small, large] = server.requests;
    expect(small?.headers['content-encoding']).toBeUndefined();
    expect(large?.headers['content-encoding']).toBe('gzip');
    expect(large?.body.split('\n')).toHaveLength(100);
    expect(Number(large?.headers['content-length'])).toBeLessThan((large?.body.length ?? 0) / 10);
  });

  it('compresses nothing more for a server that takes no gzip [RFC 9110 15.5.16]', async () => {
    server.answer = ({ headers }) => ({ status: headers['content-encoding'] === 'gzip' ? 415 : 204 });
    const writer = openNative(1);
    const points = Array.from({ length: 100 }, (_, index) => ({ ...POINT, timeUs: POINT.timeUs + index }));
    for (let n = 0; n < 2; n++) expect(await writer.write(points, NEVER)).toEqual({ kind: 'accepted' });
    expect(server.requests.map(({ headers }) => headers['content-encoding'])).toEqual(['gzip', undefined, undefined]);
    expect(new Set(server.requests.map(({ body }) => body)).size).toBe(1);
  });

  it.each([
    [1, '/write?db=telemetry&precision=u', undefined],
    [2, '/api/v2/write?org=fleet+%26+co&bucket=tele+metry&precision=us', 'Token s3cret'],
    [3, '/api/v3/write_lp?db=telemetry&precision=microsecond&accept_partial=true&no_sync=false', 'Bearer s3cret'],
  ] as const)('speaks to version %i as it wants to be spoken to', async (version, path, authorization) => {
    await openNative(version).write([POINT, OTHER], NEVER);
    const [request] = server.requests;
    expect(`${request?.url.pathname}${request?.url.search}`).toBe(path);
    expect(request?.headers.authorization).toBe(authorization);
    expect(request?.body).toBe(LINES);
  });

  it.each([
    [204, '', 'accepted', undefined],
    [200, '', 'retry', /^influxdb.intercepted/],
    [
      400,
      message('partial write: field type conflict: input field "a" dropped=1'),
      'refused',
      /400: partial write: fi/,
    ],
    [400, message("unable to parse 'a b': missing fields"), 'refused', /unable to parse/],
    [
      422,
      message('failure writing points to database: points beyond retention policy dropped=1'),
      'expired',
      /dropped/,
    ],
    [422, message('failure writing points to database: partial write'), 'refused', /answered 422: failure/],
    [401, message('unauthorized access'), 'pause', /^influxdb.refused: .*answered 401: unauthorized access/],
    [403, message('no right'), 'pause', /^influxdb.refused/],
    [
      404,
      message('bucket "x" not found'),
      'pause',
      /bucket "x" not found\. If .*--org 'fleet & co' --name 'tele metry'/,
    ],
    [404, '404 page not found', 'pause', /Is it an InfluxDB 2/],
    [413, message('too large'), 'refused', /answered 413: too large/],
    [429, message('limit'), 'retry', /^influxdb.unavailable: .*answered 429: limit/],
    [500, message('internal error'), 'fault', /answered 500: internal error/],
    [503, message('busy'), 'retry', /answered 503: busy/],
  ])('takes %i %s of version 2 for %s', async (status, body, kind, words) => {
    server.answer = () => ({ status, body });
    const outcome = await openNative(2).write([POINT], NEVER);
    expect(outcome.kind).toBe(kind);
    if (words !== undefined) expect(wordsOf(outcome)).toMatch(words);
  });

  const named = { original_line: 'mqtt.message a b=1 5', line_number: 2, error_message: 'invalid column type\nfor a' };
  const partial = (data: unknown) => JSON.stringify({ error: 'partial write of line protocol occurred', data });

  it.each([
    [204, '', 'accepted', undefined],
    [400, partial([named]), 'partial', undefined],
    [400, partial({ ...named }), 'refused', /answered 400: partial write.*occurred: invalid column type for a$/],
    [400, error('parsing failed for write_lp endpoint'), 'refused', /answered 400: parsing failed/],
    [401, '', 'pause', /^influxdb.refused/],
    [403, error('no'), 'pause', /^influxdb.refused/],
    [404, error('database not found'), 'pause', /influxdb3 create database 'telemetry'/],
    [404, 'not found', 'pause', /Is it an InfluxDB 3/],
    [413, '', 'refused', /answered 413/],
    [422, '', 'refused', /answered 422/],
    [429, '', 'retry', /^influxdb.unavailable/],
    [500, error('wal'), 'fault', /answered 500: wal/],
    [503, '', 'retry', /^influxdb.unavailable/],
  ])('takes %i %s of version 3 for %s', async (status, body, kind, words) => {
    server.answer = () => ({ status, body });
    const outcome = await openNative(3).write([POINT, OTHER], NEVER);
    expect(outcome.kind).toBe(kind);
    if (words !== undefined) expect(wordsOf(outcome)).toMatch(words);
    if (outcome.kind === 'partial')
      expect(outcome.rejected).toEqual([{ index: 1, reason: 'invalid column type for a' }]);
  });

  it('does not believe a list that it could not read to its end', async () => {
    const long = { ...named, error_message: 'x'.repeat(MAX_ANSWER_CHARS) };
    server.answer = () => ({ status: 400, body: partial([long]) });
    expect(await openNative(3).write([POINT, OTHER], NEVER)).toMatchObject({ kind: 'refused' });
  });
});
