import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, connect as connectTcp, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestAuthority } from './test-authority.ts';

/** From the package of that name. */
const MOSQUITTO = 'mosquitto';

/** Whether the package mosquitto is there; under CI it must be. */
export const HAS_MOSQUITTO = process.env['CI'] !== undefined || canRunMosquitto();

/** A real Mosquitto that speaks TLS 1.3 and takes nobody without a certificate; and, beside it, what it passes on. */
export class TlsMosquitto implements AsyncDisposable {
  readonly port: number;
  /** A listener without TLS, for whoever watches. */
  readonly plainPort: number;
  readonly #process: ReturnType<typeof spawn>;

  private constructor(port: number, plainPort: number, process: ReturnType<typeof spawn>) {
    this.port = port;
    this.plainPort = plainPort;
    this.#process = process;
  }

  static async start(authority: TestAuthority): Promise<TlsMosquitto> {
    const [port, plainPort] = [await freePort(), await freePort()];
    const { certFile, keyFile } = authority.certify('mosquitto');
    const file = join(authority.folder, 'mosquitto.conf');
    const lines = [
      ...['per_listener_settings true', 'persistence false', 'set_tcp_nodelay true'],
      ...(process.getuid?.() === 0 ? ['user root'] : []),
      `listener ${port} 127.0.0.1`,
      ...[`cafile ${authority.caFile}`, `certfile ${certFile}`, `keyfile ${keyFile}`, 'tls_version tlsv1.3'],
      ...['require_certificate true', 'use_identity_as_username true', 'allow_anonymous false'],
      `listener ${plainPort} 127.0.0.1`,
      'allow_anonymous true',
    ];
    writeFileSync(file, `${lines.join('\n')}\n`);
    const child = spawn(MOSQUITTO, ['-c', file], { stdio: 'ignore' });
    while (!(await canConnect(plainPort))) {
      if (child.exitCode !== null) throw new Error(`mosquitto ended with ${child.exitCode}`);
      await sleep(20);
    }
    return new TlsMosquitto(port, plainPort, child);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await ended;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A TCP server that listens has an address of this kind.
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTcp(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

function canRunMosquitto(): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${MOSQUITTO}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
