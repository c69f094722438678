import { type ClientRequest, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Point } from './compose-point.ts';
import type { InfluxEndpoint } from './influx-endpoint.ts';
import type { WriteOutcome } from './influx-writer.ts';
import { type Answer, readAnswer } from './read-answer.ts';
import { outcomeOf } from './write-outcome.ts';

/** Writes of one endpoint over one connection, which stays open between them: the order of the writes is that of the calls. */
export class HttpExchange implements Disposable {
  readonly agent: HttpAgent;
  /** See `InfluxWriter`. */
  serverTimeMs: number | undefined;
  readonly #endpoint: InfluxEndpoint;

  constructor(endpoint: InfluxEndpoint) {
    this.#endpoint = endpoint;
    // A second connection did not make writes faster.
    const options = { keepAlive: true, maxSockets: 1 };
    this.agent = endpoint.url.startsWith('https:') ? new HttpsAgent(options) : new HttpAgent(options);
  }

  /**
   * One exchange, never more: only where the server had ended the connection before it saw the request, it is made again.
   *
   * @param request makes the request that writes the points
   */
  async write(points: readonly Point[], signal: AbortSignal, request: () => ClientRequest): Promise<WriteOutcome> {
    let answer = await ask(request, signal);
    if (answer.status === undefined && answer.isStale) answer = await ask(request, signal);
    if (answer.status !== undefined) {
      const dateMs = Date.parse(answer.date ?? '');
      if (!Number.isNaN(dateMs)) this.serverTimeMs = dateMs;
    }
    return outcomeOf(this.#endpoint, points, answer);
  }

  [Symbol.dispose](): void {
    this.agent.destroy();
  }
}

async function ask(request: () => ClientRequest, signal: AbortSignal): Promise<Answer> {
  try {
    signal.throwIfAborted();
    return await readAnswer(request());
  } catch (error) {
    const cause = error instanceof Error ? error : new Error(String(error));
    return { status: undefined, error: cause, isStale: false };
  }
}
