import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Secret } from '#gateway/model/secret.ts';
import { signDelivery } from './sign-delivery.ts';

type IsGenuine = (headers: object, body: Buffer, secret: string, nowMs?: number) => boolean;

const NOW_MS = 1_795_187_045_200;
const BODY = Buffer.from('[{"id":"telemetry/00000000000000aa/7","data":"ä"}]');

let folder: string;
let isGenuine: IsGenuine;

/** As somebody takes it from the page. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ws-'));
  const page = await readFile('docs/delivery.md', 'utf8');
  const file = join(folder, 'example.mjs');
  await writeFile(file, /## Checking a delivery\n.*?```js\n(.*?)```/s.exec(page)?.[1] ?? '');
  ({ isGenuine } = await import(pathToFileURL(file).href));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(['s3cret', `whsec_${Buffer.from('other').toString('base64')}`])(
  'the example, with the secret %s',
  (secret) => {
    const content = { id: 'telemetry-00000000000000aa-7-7', unixSeconds: Math.floor(NOW_MS / 1000), body: BODY };
    const headers = signDelivery(new Secret(secret), content);

    it('takes what the gateway has signed [Standard Webhooks 1.0]', () => {
      expect(isGenuine(headers, BODY, secret, NOW_MS)).toBe(true);
      const rotated = { ...headers, 'webhook-signature': `v1a,x v1,AAAA ${headers['webhook-signature']}` };
      expect(isGenuine(rotated, BODY, secret, NOW_MS)).toBe(true);
    });

    it.each([
      ['another body', {}, Buffer.from('[]'), 0],
      ['another id', { 'webhook-id': 'telemetry-00000000000000aa-8-8' }, BODY, 0],
      ['another time', { 'webhook-timestamp': String(content.unixSeconds + 1) }, BODY, 0],
      ['no time', { 'webhook-timestamp': undefined }, BODY, 0],
      ['no signature', { 'webhook-signature': undefined }, BODY, 0],
      ['an unknown version', { 'webhook-signature': headers['webhook-signature']?.replace('v1', 'v2') }, BODY, 0],
      ['a recording', {}, BODY, 301_000],
      ['a recording from the future', {}, BODY, -301_000],
    ])('refuses %s', (_, changed, body, laterMs) => {
      expect(isGenuine({ ...headers, ...changed }, body, secret, NOW_MS + laterMs)).toBe(false);
    });

    it('refuses another secret', () => {
      expect(isGenuine(headers, BODY, 'guess', NOW_MS)).toBe(false);
    });
  },
);
