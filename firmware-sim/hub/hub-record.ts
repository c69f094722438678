import { join } from 'node:path';
import { Comparison } from '#firmware-sim/ledger/compare.ts';
import { readLedgerLines } from '#firmware-sim/ledger/ledger.ts';
import { type NdjsonFile, openNdjsonFile } from '#firmware-sim/ledger/ndjson-file.ts';
import { NdjsonTail } from '#firmware-sim/ledger/ndjson-tail.ts';
import type { AuditEvent, HubStatus } from '#firmware-sim/protocol.ts';
import { describePublish, parsePublishLine, type ReceivedPublish, toReceivedEvent } from './received-publish.ts';

/**
 * Everything the hub received, on disk before it is acknowledged, and what the comparison with the ledger makes of it.
 *
 * In memory is only what {@link Comparison} keeps; publishes themselves are in `hub.ndjson`.
 */
export class HubRecord implements Disposable {
  readonly #file: NdjsonFile;
  readonly #ledger: NdjsonTail;
  readonly #comparison = new Comparison();
  /** Received, but not compared yet. */
  #waiting: ReceivedPublish[] = [];
  #withoutId = 0;
  #lastEventAt: number | null = null;

  constructor(file: NdjsonFile, ledger: NdjsonTail, earlier: Iterable<ReceivedPublish>) {
    this.#file = file;
    this.#ledger = ledger;
    for (const publish of earlier) {
      this.#take(publish);
      if (this.#waiting.length >= EARLIER_AT_ONCE) this.#compare(publish.at);
    }
  }

  /** A publish arrived; when this returns it is written down. */
  note(topic: string, payload: Buffer, atMs: number): void {
    const publish = describePublish(topic, payload, atMs);
    this.#file.append(JSON.stringify(publish));
    this.#take(publish);
  }

  /** Up to {@link LEDGER_LAG_MS} ago. */
  status(nowMs: number): Omit<HubStatus, 'event' | 'link'> {
    this.#compare(nowMs - LEDGER_LAG_MS);
    const { distinct, received } = this.#comparison;
    return {
      received: received + this.#withoutId,
      distinct: distinct + this.#withoutId,
      lastEventAt: this.#lastEventAt,
      ...this.#comparison.verdict(),
    };
  }

  audit(): Omit<AuditEvent, 'event'> {
    this.#compare(Number.POSITIVE_INFINITY);
    return this.#comparison.audit();
  }

  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
    this.#ledger[Symbol.dispose]();
  }

  #take(publish: ReceivedPublish): void {
    this.#lastEventAt = publish.at;
    this.#waiting.push(publish);
  }

  /** What arrived up to then; the ledger is looked into once for all of it. */
  #compare(untilMs: number): void {
    for (const line of readLedgerLines(this.#ledger)) this.#comparison.noteLine(line);
    const later = this.#waiting.findIndex((publish) => publish.at > untilMs);
    for (const publish of this.#waiting.splice(0, later < 0 ? this.#waiting.length : later)) {
      const event = toReceivedEvent(publish);
      if (event === undefined) this.#withoutId += 1;
      else this.#comparison.noteEvent(event);
    }
  }
}

/**
 * The line of an event is written before its first byte. That a reader went away in the middle of it is written as soon as the
 * simulator sees it: within this time.
 */
const LEDGER_LAG_MS = 200;
/** Of an earlier run; bounds what waits in memory. */
const EARLIER_AT_ONCE = 1024;

/** Opens `hub.ndjson` and goes on from what earlier runs received. */
export function openHubRecord(dir: string): HubRecord {
  const path = join(dir, 'hub.ndjson');
  const file = openNdjsonFile(path);
  using earlier = new NdjsonTail(path);
  return new HubRecord(file, new NdjsonTail(join(dir, 'ledger.ndjson')), readPublishes(earlier));
}

function* readPublishes(tail: NdjsonTail): Generator<ReceivedPublish> {
  for (const line of tail.readNew()) {
    const publish = parsePublishLine(line);
    if (publish !== undefined) yield publish;
  }
}
