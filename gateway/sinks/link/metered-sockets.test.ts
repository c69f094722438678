import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpServer, request as httpRequest, type RequestListener } from 'node:http';
import { createServer as createHttpsServer, request as httpsRequest } from 'node:https';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { openHubSocket } from '#gateway/sinks/mqtt-hub/hub-socket.ts';
import type { Link } from './link.ts';
import { openMeteredAgent } from './metered-agent.ts';
import { SocketMeter, type WireBytes } from './socket-meter.ts';
import { CountingProxy } from './testing/counting-proxy.ts';

/** From the package of that name. */
const OPENSSL = 'openssl';
const until = (check: () => void) => vi.waitFor(check, { timeout: 5000, interval: 2 });

let cleanup: AsyncDisposableStack;
let proxy: CountingProxy;
let meter: SocketMeter;
let counted: WireBytes;

beforeEach(() => {
  cleanup = new AsyncDisposableStack();
  counted = { sentBytes: 0, receivedBytes: 0 };
  meter = new SocketMeter(() => {});
});
afterEach(() => cleanup.disposeAsync());

/** All that was counted, once as much has gone through the proxy, and not a byte more. */
async function expectSameAsProxy(): Promise<void> {
  await until(() => {
    const { sentBytes, receivedBytes } = meter.read();
    counted = { sentBytes: counted.sentBytes + sentBytes, receivedBytes: counted.receivedBytes + receivedBytes };
    expect(counted).toEqual({ sentBytes: proxy.towardsFarBytes, receivedBytes: proxy.towardsNearBytes });
  });
  expect(counted.sentBytes).toBeGreaterThan(0);
}

async function serve(server: Server): Promise<void> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanup.defer(() => void server.close());
  // A TCP server that listens has an address of this kind.
  proxy = cleanup.use(await CountingProxy.open((server.address() as AddressInfo).port));
}

const dial = (isSecure: boolean, identity = {}) =>
  openHubSocket(
    { host: '127.0.0.1', port: proxy.port, isSecure },
    { identity, meter: (socket) => meter.add(socket) },
    new AbortController().signal,
  );

/** Also with an error. */
const closed = (socket: Socket) => new Promise<void>((resolve) => socket.once('close', () => resolve()));

const echo = (socket: Socket) => {
  socket.on('error', () => {});
  socket.on('data', (bytes) => socket.write(bytes));
};

describe('a plain socket', () => {
  it('is counted to the byte, both ways', async () => {
    await serve(createServer(echo));
    const socket = await dial(false);
    socket.resume();
    socket.write(Buffer.alloc(100_000));
    socket.write('and more');
    await until(() => expect(socket.bytesRead).toBe(100_008));
    await expectSameAsProxy();
    socket.destroy();
    await closed(socket);
    await expectSameAsProxy();
    expect(meter.socketCount).toBe(0);
  });

  it('is counted over a reset', async () => {
    await serve(createServer(echo));
    const socket = await dial(false);
    socket.on('error', () => {});
    socket.resume();
    socket.write(Buffer.alloc(5000));
    await until(() => expect(socket.bytesRead).toBe(5000));
    proxy.reset();
    await closed(socket);
    await expectSameAsProxy();
  });

  it('is counted as nothing where nobody listens', async () => {
    await serve(createServer(echo));
    await proxy[Symbol.asyncDispose]();
    await expect(dial(false)).rejects.toThrow('ECONNREFUSED');
    await until(() => expect(meter.socketCount).toBe(0));
    expect(meter.read()).toEqual({ sentBytes: 0, receivedBytes: 0 });
  });
});

function hasOpenssl(): boolean {
  try {
    execFileSync(OPENSSL, ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

// Certificates are made anew: no private key belongs into a repository.
describe.skipIf(process.env['CI'] === undefined && !hasOpenssl())('under TLS (needs the package openssl)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'waystation-meter-'));
  let identity: { readonly cert: Buffer; readonly key: Buffer };

  beforeAll(() => {
    const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
    const name = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
    execFileSync(OPENSSL, ['req', '-x509', ...kind, ...name, '-keyout', keyFile, '-out', certFile], {
      stdio: 'ignore',
    });
    identity = { cert: readFileSync(certFile), key: readFileSync(keyFile) };
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(['destroyed', 'ended', 'reset'] as const)(
    'a socket is counted with its handshake, and when it is %s',
    async (how) => {
      await serve(createTlsServer(identity, echo));
      const socket = await dial(true, { ca: identity.cert });
      socket.on('error', () => {});
      await once(socket, 'secureConnect');
      socket.resume();
      socket.write(Buffer.alloc(40_000));
      await until(() => expect(socket.bytesRead).toBe(40_000));
      await expectSameAsProxy();
      expect(counted.sentBytes).toBeGreaterThan(40_300);
      if (how === 'reset') proxy.reset();
      else if (how === 'ended') socket.end();
      else socket.destroy();
      await closed(socket);
      await expectSameAsProxy();
    },
  );

  it('a handshake that fails is counted', async () => {
    await serve(createTlsServer(identity, echo));
    const socket = await dial(true);
    const [error] = await once(socket, 'error');
    expect(String(error)).toContain('self-signed certificate');
    await until(() => expect(meter.socketCount).toBe(0));
    await expectSameAsProxy();
    expect(counted.receivedBytes).toBeGreaterThan(500);
  });

  it.each(['http', 'https'] as const)(
    'an agent of %s is counted, over requests that share a connection',
    async (kind) => {
      const answer: RequestListener = (request, response) =>
        request.resume().on('end', () => response.end('x'.repeat(3000)));
      await serve(kind === 'http' ? createHttpServer(answer) : createHttpsServer(identity, answer));
      const link: Pick<Link, 'meter'> = { meter: (socket) => meter.add(socket) };
      const options = { keepAlive: true, maxSockets: 1, isSecure: kind === 'https' };
      // The agent uses nothing else of a link.
      const agent = openMeteredAgent({ ...options, link: link as Link });
      cleanup.defer(() => agent.destroy());
      const ask = kind === 'http' ? httpRequest : httpsRequest;
      for (let count = 0; count < 3; count++) {
        const request = ask({ host: '127.0.0.1', port: proxy.port, method: 'POST', agent, ca: identity.cert });
        request.end('y'.repeat(20_000));
        const [response] = await once(request, 'response');
        response.resume();
        await once(response, 'end');
      }
      expect(proxy.connectionCount).toBe(1);
      await expectSameAsProxy();
      expect(counted.sentBytes).toBeGreaterThan(60_000);
    },
  );

  it('an agent tells why it could not connect', async () => {
    await serve(createTlsServer(identity, echo));
    const link: Pick<Link, 'meter'> = { meter: (socket) => meter.add(socket) };
    const agent = openMeteredAgent({ isSecure: true, link: link as Link });
    cleanup.defer(() => agent.destroy());
    const untrusted = httpsRequest({ host: '127.0.0.1', port: proxy.port, agent });
    untrusted.end();
    expect(String((await once(untrusted, 'error'))[0])).toContain('self-signed certificate');
    await expectSameAsProxy();
    const { port } = proxy;
    await proxy[Symbol.asyncDispose]();
    const refused = httpsRequest({ host: '127.0.0.1', port, agent });
    refused.end();
    expect(String((await once(refused, 'error'))[0])).toContain('ECONNREFUSED');
  });

  it('is what the server sees, too', async () => {
    await serve(createTlsServer(identity, echo));
    const bare = connectTls({ host: '127.0.0.1', port: proxy.port, ca: identity.cert });
    await once(bare, 'secureConnect');
    bare.destroy();
    expect(proxy.towardsFarBytes).toBeGreaterThan(200);
  });
});
