import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '#gateway/model/secret.ts';
import { InfluxServer } from '#gateway/sinks/testing/influx-server.ts';
import { sampleEvent } from '#gateway/sinks/testing/sample-record.ts';
import { signDelivery } from './sign-delivery.ts';
import { WebhookTarget } from './webhook-target.ts';

const NEVER = new AbortController().signal;
const NOW_MS = 1_795_187_045_200;

let server: InfluxServer;

beforeEach(async () => {
  server = await InfluxServer.open();
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
});

function openTarget(secret = 's3cret') {
  return new WebhookTarget({
    url: `${server.url}/hook?of=truck`,
    gatewayUid: 'uid-1',
    secret: new Secret(secret),
    requestTimeoutMs: 200,
    batch: { maxEvents: 100, maxBytes: 2 ** 20 },
    clock: { wallMs: () => NOW_MS },
  });
}

/** Sends events 7 to `7 + count - 1`. */
async function send(count = 1) {
  const target = openTarget();
  const event = sampleEvent();
  const batch = Array.from({ length: count }, (_, index) =>
    target.prepare({ ...event, stored: { ...event.stored, sequence: 7 + index } }),
  );
  await using connection = await target.connect(NEVER);
  return await connection.send(batch, NEVER);
}

describe('a delivery', () => {
  it('is a batch of CloudEvents, after the question of a web hook', async () => {
    expect(await send(2)).toEqual({ kind: 'accepted' });
    const [question, delivery] = server.requests;
    expect(question?.headers).toMatchObject({ 'webhook-request-origin': 'uid-1' });
    expect(`${delivery?.url.pathname}${delivery?.url.search}`).toBe('/hook?of=truck');
    expect(delivery?.headers['content-type']).toBe('application/cloudevents-batch+json; charset=utf-8');
    const ids = ['telemetry/00000000000000aa/7', 'telemetry/00000000000000aa/8'];
    const source = '/gateways/uid-1';
    expect(JSON.parse(delivery?.body ?? '')).toMatchObject(ids.map((id) => ({ specversion: '1.0', id, source })));
  });

  it('is signed over its id, its moment and its bytes [Standard Webhooks 1.0]', async () => {
    await send(2);
    const { headers, body = '' } = server.requests[1] ?? {};
    expect(headers).toMatchObject({
      'webhook-id': 'telemetry-00000000000000aa-7-8',
      'webhook-timestamp': String(Math.floor(NOW_MS / 1000)),
    });
    const signed = `${headers?.['webhook-id']}.${headers?.['webhook-timestamp']}.${body}`;
    const expected = createHmac('sha256', 's3cret').update(signed).digest('base64');
    expect(headers?.['webhook-signature']).toBe(`v1,${expected}`);
  });

  it('is signed with the bytes that a secret with the prefix stands for', () => {
    const content = { id: 'a', unixSeconds: 1, body: Buffer.from('[]') };
    const encoded = `whsec_${Buffer.from('s3cret').toString('base64')}`;
    expect(signDelivery(new Secret(encoded), content)).toEqual(signDelivery(new Secret('s3cret'), content));
    const other = { ...content, body: Buffer.from('[ ]') };
    expect(signDelivery(new Secret('s3cret'), other)).not.toEqual(signDelivery(new Secret('s3cret'), content));
  });
});

describe('an answer', () => {
  const html = { 'content-type': 'text/html; charset=utf-8' };

  it.each([
    [200, {}, 'accepted', undefined],
    [202, { 'content-type': 'application/json' }, 'accepted', undefined],
    [204, {}, 'accepted', undefined],
    [200, html, 'retry', /^webhook.intercepted: .*answered 200 \(text\/html/],
    [302, { location: 'http://portal.example/' }, 'retry', /^webhook.intercepted: .*302.*portal.example/],
    [304, {}, 'retry', /^webhook.intercepted/],
    [400, {}, 'rejected', /^webhook.rejectedEvent: .*answered 400: what is this/],
    [413, {}, 'rejected', /^webhook.rejectedEvent/],
    [422, {}, 'rejected', /^webhook.rejectedEvent/],
    [401, {}, 'pause', /^webhook.refused: .*answered 401: what is this/],
    [403, {}, 'pause', /^webhook.refused/],
    [404, {}, 'pause', /^webhook.refused/],
    [405, {}, 'pause', /^webhook.refused/],
    [410, {}, 'pause', /^webhook.refused/],
    [415, {}, 'pause', /^webhook.refused/],
    [407, {}, 'retry', /^webhook.intercepted/],
    [408, {}, 'retry', /^webhook.unavailable/],
    [429, { 'retry-after': '7' }, 'retry', /^webhook.unavailable/],
    [500, {}, 'retry', /^webhook.unavailable/],
    [503, {}, 'retry', /^webhook.unavailable/],
  ])('of %i %j means %s', async (status, headers, kind, words) => {
    server.answer = ({ body }) =>
      body === '' ? { status: 204 } : { status, headers, body: status === 204 ? '' : 'what is this' };
    const outcome = await send();
    expect(outcome.kind).toBe(kind);
    if (words !== undefined) expect('error' in outcome && outcome.error.summary).toMatch(words);
    if ('retry-after' in headers) expect(outcome).toMatchObject({ afterMs: 7000 });
  });

  it.each(['<!DOCTYPE html>\n<title>Log in</title>', '\n<HTML><body>Log in', '<html>'])(
    'that is a page for people is none, whatever it calls itself: %j',
    async (page) => {
      const headers = { 'content-type': 'text/plain' };
      server.answer = ({ body }) => (body === '' ? { status: 204 } : { status: 200, headers, body: page });
      expect(await send()).toMatchObject({ kind: 'retry', error: { code: 'webhook.intercepted' } });
    },
  );

  it('that begins with a tag of another kind is one', async () => {
    server.answer = ({ body }) => (body === '' ? { status: 204 } : { status: 200, body: '<ok/>' });
    expect(await send()).toEqual({ kind: 'accepted' });
  });

  it('that never comes is noticed by the deadline of the request [D4]', async () => {
    server.answer = ({ body }) => (body === '' ? { status: 405 } : undefined);
    expect(await send()).toMatchObject({ kind: 'retry', error: { code: 'webhook.unavailable' } });
  });

  it('that never ends is read no further than need be', async () => {
    server.answer = ({ body }) =>
      body === '' ? { status: 200 } : { status: 500, body: 'x'.repeat(10_000), isEndless: true };
    expect(await send()).toMatchObject({ kind: 'retry' });
  });
});
