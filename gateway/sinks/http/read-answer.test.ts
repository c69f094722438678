import { Agent, request } from 'node:http';
import { Duplex } from 'node:stream';
import { expect, it } from 'vitest';
import { readAnswer } from './read-answer.ts';

const HOST = '127.0.0.1';
const BODY = 'x'.repeat(1000);
const TOO_LARGE = 'HTTP/1.1 413 Content Too Large\r\ncontent-length: 0\r\n\r\n';

/** A connection that takes the head of a request, and nothing behind it until it is let go on. */
class SlowConnection extends Duplex {
  received = '';
  readonly #goesOn = Promise.withResolvers<void>();

  override _read(): void {}

  override async _write(bytes: Buffer, _: BufferEncoding, done: () => void): Promise<void> {
    this.received += bytes;
    await this.#goesOn.promise;
    done();
  }

  goOn(): void {
    this.#goesOn.resolve();
  }
}

class OneConnectionAgent extends Agent {
  readonly connection = new SlowConnection();

  override createConnection(): Duplex {
    return this.connection;
  }
}

it('sends no more of a request that is answered already [RFC 9112 9.3]', async () => {
  const agent = new OneConnectionAgent({ keepAlive: true });
  const { connection } = agent;
  const asked = request({ host: HOST, method: 'POST', agent, headers: { 'content-length': BODY.length } });
  const answer = readAnswer(asked.end(Buffer.from(BODY)));
  await expect.poll(() => connection.received).toMatch(/^POST /);
  connection.push(TOO_LARGE);
  expect(await answer).toMatchObject({ status: 413 });
  connection.goOn();
  await expect.poll(() => connection.destroyed || connection.received.endsWith(BODY)).toBe(true);
  expect(connection.received).not.toContain(BODY);
});
