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
  /** Received, but not compared yet: the ledger is looked into once for many. */
  #waiting: ReceivedPublish[] = [];
  #received = 0;
  #withoutId = 0;
  #lastEventAt: number | null = null;

  constructor(file: NdjsonFile, ledger: NdjsonTail, earlier: Iterable<ReceivedPublish>) {
    this.#file = file;
    this.#ledger = ledger;
    for (const publish of earlier) this.#take(publish);
    this.#compare();
  }

  /** A publish arrived; when this returns it is written down. */
  note(topic: string, payload: Buffer, atMs: number): void {
    const publish = describePublish(topic, payload, atMs);
    this.#file.append(JSON.stringify(publish));
    this.#take(publish);
  }

  status(): Omit<HubStatus, 'event' | 'link'> {
    this.#compare();
    const distinct = this.#comparison.distinct + this.#withoutId;
    return { received: this.#received, distinct, lastEventAt: this.#lastEventAt, ...this.#comparison.verdict() };
  }

  audit(): Omit<AuditEvent, 'event'> {
    this.#compare();
    return this.#comparison.audit();
  }

  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
    this.#ledger[Symbol.dispose]();
  }

  #take(publish: ReceivedPublish): void {
    this.#received += 1;
    this.#lastEventAt = publish.at;
    this.#waiting.push(publish);
    if (this.#waiting.length >= MAX_WAITING) this.#compare();
  }

  /** The line of an event is written before its first byte, so it is there by now. */
  #compare(): void {
    for (const line of readLedgerLines(this.#ledger)) this.#comparison.noteLine(line);
    for (const publish of this.#waiting) {
      const event = toReceivedEvent(publish);
      if (event === undefined) this.#withoutId += 1;
      else this.#comparison.noteEvent(event);
    }
    this.#waiting = [];
  }
}

const MAX_WAITING = 1024;

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
