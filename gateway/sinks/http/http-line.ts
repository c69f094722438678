import { type ClientRequest, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Link } from '#gateway/sinks/link/link.ts';
import { openMeteredAgent } from '#gateway/sinks/link/metered-agent.ts';
import { type Answer, readAnswer } from './read-answer.ts';

/** Requests to one server over one connection, which stays open between them: they arrive in the order in which they are made. */
export class HttpLine implements Disposable {
  readonly agent: HttpAgent;
  /** What the last answer said of the time of the server, in Unix milliseconds. */
  serverTimeMs: number | undefined;

  /** @param link counts what the connection takes */
  constructor(url: string, link?: Link) {
    const options = { keepAlive: true, maxSockets: 1 };
    const isSecure = url.startsWith('https:');
    if (link !== undefined) this.agent = openMeteredAgent({ ...options, isSecure, link });
    else this.agent = isSecure ? new HttpsAgent(options) : new HttpAgent(options);
  }

  /**
   * One exchange, never more: only where the server had ended the connection before it saw the request, it is made again.
   * Never rejects.
   *
   * @param make makes the request, on the agent of this line and with deadlines of its own
   */
  async ask(signal: AbortSignal, make: () => ClientRequest): Promise<Answer> {
    let answer = await askOnce(signal, make);
    if (answer.status === undefined && answer.isStale) answer = await askOnce(signal, make);
    if (answer.status !== undefined) {
      const dateMs = Date.parse(answer.date ?? '');
      if (!Number.isNaN(dateMs)) this.serverTimeMs = dateMs;
    }
    return answer;
  }

  [Symbol.dispose](): void {
    this.agent.destroy();
  }
}

async function askOnce(signal: AbortSignal, make: () => ClientRequest): Promise<Answer> {
  try {
    signal.throwIfAborted();
    return await readAnswer(make());
  } catch (error) {
    const cause = error instanceof Error ? error : new Error(String(error));
    return { status: undefined, error: cause, isStale: false };
  }
}
