import type { BrokerLimits } from '#gateway/model/broker-limits.ts';
import type { Message, Place } from '#gateway/model/message.ts';
import { MESSAGE_OVERHEAD_BYTES } from './outgoing-queue.ts';

/** What may be retained in all; see {@link BrokerLimits}. */
export type RetainedLimits = Pick<BrokerLimits, 'maxRetainedMessages' | 'maxRetainedBytes'>;

/** The last message of a topic that was published with RETAIN. */
export interface RetainedMessage {
  readonly message: Message;
  /** Where the journal keeps it, if it does. */
  readonly place: Place | undefined;
}

/** The retained messages, by topic [MQTT 3.1.1, 3.3.1.3]. */
export class RetainedMessages {
  readonly #limits: RetainedLimits;
  readonly #root = newNode();
  #count = 0;
  #sizeBytes = 0;

  constructor(limits: RetainedLimits) {
    this.#limits = limits;
  }

  get count(): number {
    return this.#count;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /**
   * Replaces what the topic had; an empty payload takes it away [MQTT-3.3.1-10, MQTT-3.3.1-11].
   *
   * @returns whether it is kept. Where there is no room not even the message before it stays, which would be out of date
   */
  set(message: Message, place: Place | undefined): boolean {
    this.delete(message.topic);
    if (message.payload.length === 0) return false;
    const sizeBytes = this.#sizeBytes + sizeOf(message);
    if (this.#count >= this.#limits.maxRetainedMessages || sizeBytes > this.#limits.maxRetainedBytes) return false;
    let node = this.#root;
    for (const level of message.topic.split('/')) {
      let child = node.children.get(level);
      if (child === undefined) {
        child = newNode();
        node.children.set(level, child);
      }
      node = child;
    }
    node.retained = { message, place };
    this.#count++;
    this.#sizeBytes = sizeBytes;
    return true;
  }

  /** @returns whether there was one */
  delete(topic: string): boolean {
    const removed = removeFrom(this.#root, topic.split('/'), 0);
    if (removed === undefined) return false;
    this.#count--;
    this.#sizeBytes -= sizeOf(removed.message);
    return true;
  }

  /** Those whose topic falls under the filter; must not be changed meanwhile. */
  matching(filter: string): Generator<RetainedMessage> {
    return collect(this.#root, filter.split('/'), 0);
  }
}

interface Node {
  readonly children: Map<string, Node>;
  retained: RetainedMessage | undefined;
}

function newNode(): Node {
  return { children: new Map(), retained: undefined };
}

function removeFrom(node: Node, levels: readonly string[], depth: number): RetainedMessage | undefined {
  const level = levels[depth];
  if (level === undefined) {
    const { retained } = node;
    node.retained = undefined;
    return retained;
  }
  const child = node.children.get(level);
  const removed = child && removeFrom(child, levels, depth + 1);
  if (child?.retained === undefined && child?.children.size === 0) node.children.delete(level);
  return removed;
}

function* collect(node: Node, levels: readonly string[], depth: number): Generator<RetainedMessage> {
  const level = levels[depth];
  if (level === undefined || level === '#') {
    if (node.retained !== undefined) yield node.retained;
    if (level === undefined) return;
  }
  if (level !== '#' && level !== '+') {
    const child = node.children.get(level);
    if (child !== undefined) yield* collect(child, levels, depth + 1);
    return;
  }
  for (const [name, child] of node.children) {
    // A wildcard in the first level does not match what begins with $ [MQTT-4.7.2-1].
    if (depth === 0 && name.startsWith('$')) continue;
    if (level === '+') yield* collect(child, levels, depth + 1);
    else yield* collectAll(child);
  }
}

function* collectAll(node: Node): Generator<RetainedMessage> {
  if (node.retained !== undefined) yield node.retained;
  for (const child of node.children.values()) yield* collectAll(child);
}

function sizeOf({ topic, payload }: Message): number {
  return MESSAGE_OVERHEAD_BYTES + topic.length + payload.length;
}
