import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Link, openLink } from './link.ts';

let hub: Server;
let hubSockets: Socket[];
let hubReceived: string;
let link: Link;
let gateways: Socket[];

beforeEach(async () => {
  hubSockets = [];
  hubReceived = '';
  gateways = [];
  hub = createServer((socket) => {
    hubSockets.push(socket);
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      hubReceived += chunk;
      socket.write(`ack ${chunk}`);
    });
  });
  hub.listen(0, '127.0.0.1');
  await once(hub, 'listening');
  // The address of a TCP server that listens is never a string.
  link = await openLink(0, (hub.address() as AddressInfo).port);
});

afterEach(async () => {
  for (const socket of [...gateways, ...hubSockets]) socket.destroy();
  await link[Symbol.asyncDispose]();
  await link[Symbol.asyncDispose]();
  await new Promise((resolve) => hub.close(resolve));
});

/** A gateway's end of a connection, with what came back. */
async function dial(): Promise<{ readonly socket: Socket; received(): string; error(): string | undefined }> {
  const socket = connect(link.port, '127.0.0.1');
  gateways.push(socket);
  let received = '';
  let error: string | undefined;
  socket.on('data', (chunk) => {
    received += chunk;
  });
  socket.on('error', (cause) => {
    error = 'code' in cause ? String(cause.code) : cause.message;
  });
  await new Promise<void>((resolve) => {
    socket.once('connect', resolve);
    socket.once('close', () => resolve());
  });
  return { socket, received: () => received, error: () => error };
}

describe('openLink', () => {
  it('carries bytes both ways', async () => {
    const gateway = await dial();
    gateway.socket.write('one');
    await vi.waitUntil(() => gateway.received() === 'ack one');
    expect(hubReceived).toBe('one');
    expect(link.state).toBe('up');
  });

  it('passes the end of a connection on', async () => {
    const gateway = await dial();
    await vi.waitUntil(() => hubSockets.length === 1);
    const ended = Promise.all(hubSockets.map((socket) => once(socket, 'close')));
    gateway.socket.destroy();
    await ended;
  });

  it('stall: goes silent both ways without closing, and takes new connections silently', async () => {
    const old = await dial();
    old.socket.write('one');
    await vi.waitUntil(() => old.received() === 'ack one');
    await link.cut('stall');
    expect(link.state).toBe('cut');
    old.socket.write('two');
    hubSockets[0]?.write('late');
    const young = await dial();
    young.socket.write('three');
    // Enough for bytes to pass a link that is up: this connection goes around it.
    // The address of a TCP server that listens is never a string.
    const direct = connect((hub.address() as AddressInfo).port, '127.0.0.1');
    gateways.push(direct);
    direct.write('direct');
    await once(direct, 'data');
    expect(hubReceived).toBe('onedirect');
    expect(old.received()).toBe('ack one');
    expect(young.received()).toBe('');
    expect([old.socket.destroyed, young.socket.destroyed]).toEqual([false, false]);
  });

  it('stall: on restoring, what stalled is reset, and new connections work', async () => {
    const old = await dial();
    await link.cut('stall');
    const young = await dial();
    await link.restore();
    await vi.waitUntil(() => old.error() === 'ECONNRESET' && young.error() === 'ECONNRESET');
    const fresh = await dial();
    fresh.socket.write('again');
    await vi.waitUntil(() => fresh.received() === 'ack again');
    expect(hubReceived).toBe('again');
  });

  it('stall: the hub does not hear of a gateway that goes away', async () => {
    const old = await dial();
    await vi.waitUntil(() => hubSockets.length === 1);
    await link.cut('stall');
    old.socket.resetAndDestroy();
    await once(old.socket, 'close');
    const probe = await dial();
    expect(probe.error()).toBeUndefined();
    expect(hubSockets[0]?.destroyed).toBe(false);
    await link.restore();
    await vi.waitUntil(() => hubSockets[0]?.destroyed === true);
  });

  it('reset: old and new connections are reset', async () => {
    const old = await dial();
    await link.cut('reset');
    await vi.waitUntil(() => old.error() === 'ECONNRESET');
    const young = await dial();
    await vi.waitUntil(() => young.error() === 'ECONNRESET');
    await link.restore();
    expect((await dial()).error()).toBeUndefined();
  });

  it('refuse: nothing listens, and then the same port does again', async () => {
    const { port } = link;
    const old = await dial();
    await link.cut('refuse');
    await vi.waitUntil(() => old.error() === 'ECONNRESET');
    expect((await dial()).error()).toBe('ECONNREFUSED');
    await link.restore();
    expect(link.port).toBe(port);
    const fresh = await dial();
    fresh.socket.write('back');
    await vi.waitUntil(() => fresh.received() === 'ack back');
  });

  it('changes its mode while it is cut', async () => {
    await link.cut('refuse');
    await link.cut('stall');
    expect((await dial()).error()).toBeUndefined();
    await link.cut('reset');
    const young = await dial();
    await vi.waitUntil(() => young.error() === 'ECONNRESET');
    expect(link.state).toBe('cut');
  });
});
