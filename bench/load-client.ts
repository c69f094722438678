import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { encodeConnect, encodeSubscribe, PACKET_TYPE, type PacketVisitor, PacketWalker } from './mqtt-bytes.ts';

/** A logged-in MQTT connection on a raw socket, for whoever sends bytes made beforehand. */
export class LoadClient implements Disposable {
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Connects and logs in. @throws Error when the port or the login is refused */
  static async open(port: number, clientId: string, visit: PacketVisitor): Promise<LoadClient> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const accepted = Promise.withResolvers<void>();
    const walker = new PacketWalker((firstByte, bytes, start, end) => {
      if (firstByte >> 4 !== PACKET_TYPE.connack) visit(firstByte, bytes, start, end);
      else if (bytes[start + 1] === 0) accepted.resolve();
      else accepted.reject(new Error(`${clientId} was refused with return code ${bytes[start + 1]}`));
    });
    socket.on('data', (chunk: Buffer) => walker.push(chunk));
    socket.on('error', accepted.reject);
    socket.on('close', () => accepted.reject(new Error(`the connection of ${clientId} was closed`)));
    socket.write(encodeConnect(clientId));
    await accepted.promise;
    return new LoadClient(socket);
  }

  /** Subscribes; resolves with the grant. */
  static async openSubscriber(port: number, filter: string, qos: 0 | 1, visit: PacketVisitor): Promise<LoadClient> {
    const granted = Promise.withResolvers<void>();
    const client = await LoadClient.open(port, 'bench-subscriber', (firstByte, bytes, start, end) => {
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
