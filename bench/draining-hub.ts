import { createServer, type Server, type Socket } from 'node:net';
import { encodePuback, PACKET_TYPE, PacketWalker, readPublishPacketId } from './mqtt-bytes.ts';

/** A hub on a raw socket that acknowledges everything at once and counts the events in it, for one gateway at a time. */
export class DrainingHub implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #ids = new Set<string>();
  #firstMs = 0;
  #lastMs = 0;

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => this.#serve(socket));
  }

  static async open(port: number): Promise<DrainingHub> {
    const server = createServer({ noDelay: true });
    const hub = new DrainingHub(server);
    await new Promise<void>((resolve) => server.listen({ port, host: '127.0.0.1' }, resolve));
    return hub;
  }

  /** Different events that came. */
  get eventCount(): number {
    return this.#ids.size;
  }

  /** From the first event to the last. */
  get elapsedMs(): number {
    return this.#lastMs - this.#firstMs;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    const answers: Buffer[] = [];
    const walker = new PacketWalker((firstByte, bytes, start, end) => {
      const answer = this.#answer(firstByte, bytes, start, end);
      if (answer !== undefined) answers.push(answer);
    });
    socket.on('data', (chunk: Buffer) => {
      walker.push(chunk);
      if (answers.length > 0) socket.write(Buffer.concat(answers.splice(0)));
    });
  }

  #answer(firstByte: number, bytes: Buffer, start: number, end: number): Buffer | undefined {
    switch (firstByte >> 4) {
      case CONNECT:
        return Buffer.from([PACKET_TYPE.connack << 4, 2, 0, 0]);
      case PINGREQ:
        return Buffer.from([PINGRESP << 4, 0]);
      case PACKET_TYPE.publish:
        this.#take(bytes.toString('utf8', start, end));
        return encodePuback(readPublishPacketId(bytes, start));
      default:
        return undefined;
    }
  }

  /** @see CloudEvents JSON format: `id` is unique within `source` */
  #take(publish: string): void {
    const id = /"id":"([^"]+)"/.exec(publish)?.[1];
    // What the gateway says of itself at the hub is no event.
    if (id === undefined) return;
    this.#lastMs = performance.now();
    if (this.#ids.size === 0) this.#firstMs = this.#lastMs;
    this.#ids.add(id);
  }
}

const CONNECT = 1;
const PINGREQ = 12;
const PINGRESP = 13;
