import type { QoS } from '#gateway/model/message.ts';

/** Someone who gets a message, once, with the highest QoS that one of its filters was granted [MQTT-3.3.5-1]. */
export interface Subscriber<T> {
  readonly session: T;
  readonly qos: QoS;
}

/** Topics whose subscribers are remembered. */
export const MAX_REMEMBERED_MATCHES = 4096;

/**
 * Who subscribed to what. `match` is what every publish asks, so the answer is remembered for each topic until a subscription
 * changes.
 */
export class SubscriptionTree<T> {
  readonly #root = newNode<T>();
  readonly #remembered = new Map<string, readonly Subscriber<T>[]>();

  /** Replaces the QoS of a subscription that is there. */
  add(filter: string, session: T, qos: QoS): void {
    this.#remembered.clear();
    let node = this.#root;
    for (const level of filter.split('/')) {
      let child = node.children.get(level);
      if (child === undefined) {
        child = newNode();
        node.children.set(level, child);
      }
      node = child;
    }
    node.sessions.set(session, qos);
  }

  remove(filter: string, session: T): void {
    this.#remembered.clear();
    removeFrom(this.#root, filter.split('/'), 0, session);
  }

  match(topic: string): readonly Subscriber<T>[] {
    const known = this.#remembered.get(topic);
    if (known !== undefined) return known;
    const found = new Map<T, QoS>();
    collect(this.#root, topic.split('/'), 0, found);
    const subscribers = Array.from(found, ([session, qos]) => ({ session, qos }));
    if (this.#remembered.size >= MAX_REMEMBERED_MATCHES) this.#remembered.clear();
    this.#remembered.set(topic, subscribers);
    return subscribers;
  }
}

interface Node<T> {
  readonly children: Map<string, Node<T>>;
  readonly sessions: Map<T, QoS>;
}

function newNode<T>(): Node<T> {
  return { children: new Map(), sessions: new Map() };
}

/** @returns whether the node is of no use any more */
function removeFrom<T>(node: Node<T>, levels: readonly string[], depth: number, session: T): boolean {
  const level = levels[depth];
  if (level === undefined) node.sessions.delete(session);
  else {
    const child = node.children.get(level);
    if (child !== undefined && removeFrom(child, levels, depth + 1, session)) node.children.delete(level);
  }
  return node.sessions.size === 0 && node.children.size === 0;
}

function collect<T>(node: Node<T>, levels: readonly string[], depth: number, found: Map<T, QoS>): void {
  const level = levels[depth];
  // A wildcard in the first level does not match what begins with $ [MQTT-4.7.2-1].
  const isWild = depth > 0 || level?.startsWith('$') !== true;
  // `#` stands for the level above it too [MQTT-4.7.1-2].
  if (isWild) note(node.children.get('#'), found);
  if (level === undefined) {
    note(node, found);
    return;
  }
  const same = node.children.get(level);
  if (same !== undefined) collect(same, levels, depth + 1, found);
  const any = isWild ? node.children.get('+') : undefined;
  if (any !== undefined) collect(any, levels, depth + 1, found);
}

function note<T>(node: Node<T> | undefined, found: Map<T, QoS>): void {
  if (node === undefined) return;
  for (const [session, qos] of node.sessions) found.set(session, maxQos(qos, found.get(session)));
}

function maxQos(one: QoS, other: QoS = 0): QoS {
  return one > other ? one : other;
}
