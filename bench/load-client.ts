import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { encodeConnect, encodeSubscribe, PACKET_TYPE, type PacketVisitor, PacketWalker } from './mqtt-bytes.ts';

/** Where a broker listens on this machine, and what it is to do. */
export interface Target {
  readonly port: number;
  readonly isTls?: boolean;
  /** Whether the broker is to keep the session. */
  readonly keepsSession?: boolean;
}

/** A logged-in MQTT connection on a raw socket, for whoever sends bytes made beforehand. */
export class LoadClient implements Disposable {
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Connects and logs in. @throws Error when the port or the login is refused */
  static async open(target: Target, clientId: string, visit: PacketVisitor): Promise<LoadClient> {
    const { port, isTls = false, keepsSession } = target;
    const where = { port, host: '127.0.0.1', noDelay: true };
    // Whose certificate it is makes no difference to what is measured.
    const socket = isTls ? connectTls({ ...where, rejectUnauthorized: false }) : connect(where);
    const accepted = Promise.withResolvers<void>();
    const walker = new PacketWalker((firstByte, bytes, start, end) => {
      if (firstByte >> 4 !== PACKET_TYPE.connack) visit(firstByte, bytes, start, end);
      else if (bytes[start + 1] === 0) accepted.resolve();
      else accepted.reject(new Error(`${clientId} was refused with return code ${bytes[start + 1]}`));
    });
    socket.on('data', (chunk: Buffer) => walker.push(chunk));
    socket.on('error', accepted.reject);
    socket.once('close', () => accepted.reject(new Error(`the connection of ${clientId} was closed`)));
    socket.write(encodeConnect(clientId, keepsSession));
    await accepted.promise;
    return new LoadClient(socket);
  }

  /** Subscribes; resolves with the grant. */
  static async openSubscriber(
    target: Target,
    clientId: string,
    { filter, qos }: { readonly filter: string; readonly qos: 0 | 1 },
    visit: PacketVisitor,
  ): Promise<LoadClient> {
    const granted = Promise.withResolvers<void>();
    const client = await LoadClient.open(target, clientId, (firstByte, bytes, start, end) => {
      if (firstByte >> 4 !== PACKET_TYPE.suback) visit(firstByte, bytes, start, end);
      else if (bytes[start + 2] === qos) granted.resolve();
      else granted.reject(new Error(`a subscription to ${filter} was granted ${bytes[start + 2]}`));
    });
    client.write(encodeSubscribe(filter, qos));
    await granted.promise;
    return client;
  }

  /** @returns false when the socket wants to drain first */
  write(bytes: Buffer): boolean {
    return this.#socket.write(bytes);
  }

  /** Takes nothing more from the broker, and leaves the connection open. */
  freeze(): void {
    this.#socket.pause();
  }

  async drained(): Promise<void> {
    await once(this.#socket, 'drain');
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed;
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}
