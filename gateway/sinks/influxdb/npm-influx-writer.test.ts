import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '#gateway/model/secret.ts';
import { InfluxServer } from '#gateway/sinks/testing/influx-server.ts';
import type { Point } from './compose-point.ts';
import { type InfluxCredentials, NpmInfluxWriter } from './npm-influx-writer.ts';

const POINT: Point = {
  measurement: 'gnss.position',
  tags: { gateway: 'truck 7', device: 'gps0' },
  fields: new Map([
    ['speedKmh', '48'],
    ['isMoving', 'true'],
    ['fix', '"\\"3d\\"\\\\"'],
  ]),
  timeUs: 1_795_187_045_200_007,
};
const NEVER = new AbortController().signal;

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

function open(path = '', credentials?: InfluxCredentials): NpmInfluxWriter {
  const login = credentials === undefined ? {} : { credentials };
  const options = { url: `${server.url}${path}`, database: 'telemetry', requestTimeoutMs: 200, ...login };
  return writers.use(new NpmInfluxWriter(options));
}

describe('a request', () => {
  it('holds a line for each point, with microseconds, and asks for that precision', async () => {
    const note: Point = { measurement: 'gateway.refused', tags: {}, fields: new Map([['a b', '1']]) };
    expect(await open().write([POINT, note], NEVER)).toEqual({ kind: 'accepted' });
    const [request] = server.requests;
    expect(request?.body).toBe(
      'gnss.position,gateway=truck\\ 7,device=gps0 fix="\\"3d\\"\\\\",isMoving=true,speedKmh=48 1795187045200007\n' +
        'gateway.refused a\\ b=1',
    );
    expect(request?.url.pathname).toBe('/write');
    expect(Object.fromEntries(request?.url.searchParams ?? [])).toMatchObject({ db: 'telemetry', precision: 'u' });
  });

  it('of no points is empty: it asks whether the database is there', async () => {
    expect(await open().write([], NEVER)).toEqual({ kind: 'accepted' });
    expect(server.requests[0]?.body).toBe('');
  });

  it('has no login unless one is configured: never root with the password root', async () => {
    await open().write([POINT], NEVER);
    const credentials = { username: 'truck', password: new Secret('s:e c') };
    await open('/influx/', credentials).write([POINT], NEVER);
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
      undefined,
      `Basic ${Buffer.from('truck:s:e c').toString('base64')}`,
    ]);
    expect(server.requests[1]?.url.pathname).toBe('/influx/write');
  });
});

describe('an answer', () => {
  const error = (text: string) => JSON.stringify({ error: text });

  it.each([
    [200, '', 'retry', /^influxdb.intercepted: .*answered 200 \(no content type\), .*login page/],
    [202, '{}', 'retry', /^influxdb.intercepted: .*answered 202/],
    [204, '', 'accepted', undefined],
    [
      400,
      error('partial write: field type conflict: input field dropped=1'),
      'refused',
      /answered 400: partial write: field type/,
    ],
    [400, error('unable to parse'), 'refused', /unable to parse/],
    [400, error('partial write: points beyond retention policy dropped=3'), 'expired', /dropped=3/],
    [400, 'not JSON', 'refused', /answered 400: not JSON/],
    [413, error('Request Entity Too Large'), 'refused', /answered 413/],
    [422, error('unprocessable'), 'refused', /answered 422/],
    [401, error('authorization failed'), 'pause', /^influxdb.refused: .*authorization failed.*credentials/],
    [403, error('not authorized'), 'pause', /^influxdb.refused: .*answered 403/],
    [
      404,
      error('database not found: "telemetry"'),
      'pause',
      /^influxdb.noDatabase: .*not found: "telemetry"\. .*CREATE/,
    ],
    [404, '{"code":"not found","message":"no bucket \\u00abx\\u00bb"}\n', 'pause', /answered 404: no bucket «x»\. If/],
    [400, error('line 1:\n\t"a\\b"\u001b[2J'), 'refused', /answered 400: line 1: "a\\b" \[2J$/],
    [400, '{"error":{"deep":1}}', 'refused', /answered 400: \{"error":\{"deep":1\}\}$/],
    [400, '{"error":"cut', 'refused', /answered 400: \{"error":"cut$/],
    [301, '', 'retry', /^influxdb.intercepted: .*answered 301 \(.*url of the sink/],
    [405, '', 'retry', /^influxdb.intercepted: .*answered 405 \(.*url of the sink/],
    [407, '', 'retry', /^influxdb.intercepted: .*answered 407 \(.*A proxy/],
    [408, '', 'retry', /answered 408/],
    [429, '', 'retry', /answered 429/],
    [500, error('retention policy not found'), 'retry', /^influxdb.unavailable: .*Internal Server Error/],
    [502, '', 'retry', /Bad Gateway/],
    [503, '', 'retry', /Service Unavailable/],
    [504, '', 'retry', /Gateway Timeout/],
  ])('of %i %s means %s', async (status, body, kind, words) => {
    server.answer = () => ({ status, body });
    const outcome = await open().write([POINT], NEVER);
    expect(outcome.kind).toBe(kind);
    const said = 'error' in outcome ? outcome.error.summary : 'reason' in outcome ? outcome.reason : undefined;
    if (words === undefined) expect(said).toBeUndefined();
    else expect(said).toMatch(words);
    server.answer = () => ({ status: 204 });
    expect(await open().write([POINT], NEVER)).toEqual({ kind: 'accepted' });
  });

  it('of a login page counts as nothing written, however it is dressed [D1]', async () => {
    const headers = { 'content-type': 'text/html' };
    server.answer = () => ({ status: 200, headers, body: '<html>Welcome to the harbour</html>' });
    const page = await open().write([POINT], NEVER);
    expect(page).toMatchObject({ kind: 'retry', error: { message: expect.stringContaining('200 (text/html)') } });
    server.answer = () => ({ status: 302, headers: { location: 'http://portal.example/login' } });
    const redirect = await open().write([POINT], NEVER);
    const words = expect.stringMatching(/answered 302 \(.*redirects to http:\/\/portal.example\/login: is the url/);
    expect(redirect).toMatchObject({ kind: 'retry', error: { message: words } });
  });

  it('that is a failure does not shut the server out: the next request goes there at once', async () => {
    const writer = open();
    server.answer = () => ({ status: server.requests.length < 4 ? 503 : 204 });
    const kinds = [];
    for (let n = 0; n < 4; n++) kinds.push((await writer.write([POINT], NEVER)).kind);
    expect(kinds).toEqual(['retry', 'retry', 'retry', 'accepted']);
    expect(server.requests).toHaveLength(4);
  });

  it('that never comes is noticed by the deadline of the request [D4]', async () => {
    server.answer = () => undefined;
    const outcome = await open().write([POINT], NEVER);
    expect(outcome).toMatchObject({ kind: 'retry', error: { code: 'influxdb.unavailable' } });
    expect(server.requests).toHaveLength(1);
  });

  it('is not waited for when the signal aborts', async () => {
    const abort = new AbortController();
    server.answer = () => {
      abort.abort();
      return undefined;
    };
    expect(await open().write([POINT], abort.signal)).toMatchObject({ kind: 'retry' });
    expect(await open().write([POINT], abort.signal)).toMatchObject({ kind: 'retry' });
    expect(server.requests).toHaveLength(1);
  });

  it('cannot come from a port where nobody listens', async () => {
    const writer = new NpmInfluxWriter({ url: 'http://127.0.0.1:1', database: 'd', requestTimeoutMs: 200 });
    for (let n = 0; n < 2; n++) {
      const outcome = await writer.write([POINT], NEVER);
      expect(outcome).toMatchObject({ kind: 'retry', error: { message: expect.stringContaining('ECONNREFUSED') } });
    }
  });
});
