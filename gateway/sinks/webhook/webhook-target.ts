/**
 * An HTTP receiver as a target of the delivery loop: batches of CloudEvents, signed, one POST at a time.
 *
 * It never retries or buffers, follows no redirect, and asks nothing of the receiver but a status. Start reading at `send`; what
 * answers mean is in `webhook-outcome.ts`.
 */
import { request as requestOverHttp } from 'node:http';
import { request as requestOverHttps } from 'node:https';
import { invariant, WaystationError } from '#gateway/model/errors.ts';
import type { Secret } from '#gateway/model/secret.ts';
import type { Clock } from '#gateway/runtime/clock.ts';
import type { Grant, Outcome, OutgoingEvent, Target, TargetConnection } from '#gateway/sinks/delivery/target.ts';
import { HttpLine } from '#gateway/sinks/http/http-line.ts';
import type { Link } from '#gateway/sinks/link/link.ts';
import { composeEvent, type WebhookPacket } from './compose-event.ts';
import { signDelivery } from './sign-delivery.ts';
import { webhookOutcome } from './webhook-outcome.ts';

/** What it takes to send to a receiver. */
export interface WebhookOptions {
  readonly url: string;
  readonly gatewayUid: string;
  readonly secret: Secret;
  /** A receiver that is silent for so long has not answered [D4]. */
  readonly requestTimeoutMs: number;
  readonly batch: { readonly maxEvents: number; readonly maxBytes: number };
  /** Counts what the connection takes. */
  readonly link?: Link | undefined;
  /** The moment that is signed. */
  readonly clock: Pick<Clock, 'wallMs'>;
}

/** @see CloudEvents 1.0, JSON event format, section 4 */
const CONTENT_TYPE = 'application/cloudevents-batch+json; charset=utf-8';
const MS_PER_SECOND = 1000;

/** See the head of this file. */
export class WebhookTarget implements Target<WebhookPacket> {
  readonly type = 'webhook';
  readonly #options: WebhookOptions;

  constructor(options: WebhookOptions) {
    this.#options = options;
  }

  prepare(event: OutgoingEvent): WebhookPacket {
    return composeEvent(this.#options.gatewayUid, event);
  }

  /**
   * Asks as a sender of web hooks does. Any answer says that the receiver is there; what it thinks of deliveries it says to those.
   *
   * @see CloudEvents 1.0, HTTP 1.1 Web Hooks, section 4.1
   */
  async connect(signal: AbortSignal): Promise<WebhookConnection> {
    const connection = new WebhookConnection(this.#options);
    const answer = await connection.ask('OPTIONS', { 'webhook-request-origin': this.#options.gatewayUid }, signal);
    if (answer.status !== undefined) return connection;
    await connection[Symbol.asyncDispose]();
    throw new WaystationError('webhook.unavailable', `Asking ${this.#options.url}: ${answer.error.message}.`);
  }
}

class WebhookConnection implements TargetConnection<WebhookPacket> {
  readonly grant: Grant;
  readonly closed: Promise<WaystationError>;
  readonly #options: WebhookOptions;
  readonly #line: HttpLine;
  readonly #abort = new AbortController();
  readonly #close: (reason: WaystationError) => void;

  constructor(options: WebhookOptions) {
    this.#options = options;
    this.#line = new HttpLine(options.url, options.link);
    const { maxEvents, maxBytes } = options.batch;
    this.grant = { maxInFlightSends: 1, maxEventsPerSend: maxEvents, maxPacketBytes: maxBytes };
    const closed = Promise.withResolvers<WaystationError>();
    this.closed = closed.promise;
    this.#close = closed.resolve;
  }

  async send(batch: readonly WebhookPacket[], signal: AbortSignal): Promise<Outcome> {
    const { secret, clock, url } = this.#options;
    const [first] = batch;
    invariant(first !== undefined, 'a batch holds something');
    const id = `${first.name}-${(batch.at(-1) ?? first).sequence}`;
    const body = batchOf(batch);
    const unixSeconds = Math.floor(clock.wallMs() / MS_PER_SECOND);
    const headers = { 'content-type': CONTENT_TYPE, ...signDelivery(secret, { id, unixSeconds, body }) };
    return webhookOutcome(url, await this.ask('POST', headers, signal, body));
  }

  /** One exchange with the receiver. Never rejects. */
  ask(method: string, headers: Readonly<Record<string, string>>, signal: AbortSignal, body: Buffer = NOTHING) {
    const { url, requestTimeoutMs: timeout } = this.#options;
    const either = AbortSignal.any([signal, this.#abort.signal]);
    const request = url.startsWith('https:') ? requestOverHttps : requestOverHttp;
    const length = { 'content-length': body.length };
    const options = { method, agent: this.#line.agent, timeout, signal: either, headers: { ...headers, ...length } };
    return this.#line.ask(either, () => request(url, options).end(body));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    this.#line[Symbol.dispose]();
    this.#close(new WaystationError('webhook.unavailable', 'The connection was closed.'));
  }
}

const NOTHING = Buffer.alloc(0);
const [OPEN, COMMA, CLOSE] = [Buffer.from('['), Buffer.from(','), Buffer.from(']')];

function batchOf(packets: readonly WebhookPacket[]): Buffer {
  const parts = packets.flatMap(({ event }, index) => [index === 0 ? OPEN : COMMA, event]);
  return Buffer.concat([...parts, CLOSE]);
}
