import { type GnssMessage, talkerOf } from './gnss-message.ts';

/**
 * Learns after which messages a receiver has said all it has to say of an epoch, so that a live epoch need not wait for the next one.
 *
 * A *cycle* is the addresses (type and talker) of an epoch's messages in their order; all cycles of a receiver make a tree, and an
 * epoch under way is at one of its nodes. A node is trusted to be an end once it has ended {@link FIRST_CONFIRMATIONS} epochs and was not
 * followed by anything meanwhile. Trust that proves wrong (something followed after all, as when a receiver sends one of its
 * sentences in every tenth epoch only) has to be earned again by many more epochs.
 */
export class CycleMemory {
  #start = new CycleNode('', '', undefined);
  #nodeCount = 0;

  /** Where every epoch begins. */
  get start(): CycleNode {
    return this.#start;
  }

  /** Where an epoch at `node` is after one more message. */
  follow(node: CycleNode, message: GnssMessage): CycleNode {
    const known = node.find(message);
    if (known !== undefined) return known;
    if (++this.#nodeCount > MAX_CYCLE_NODES) {
      this.#nodeCount = 0;
      this.#start = new CycleNode('', '', undefined);
    }
    return node.grow(message);
  }

  /** Takes note of an epoch that is over beyond doubt, because the next one has begun. */
  learn(end: CycleNode): void {
    end.confirm();
    for (let node = end.parent; node !== undefined; node = node.parent) node.distrust();
  }
}

/** A beginning of a cycle. */
export class CycleNode {
  readonly parent: CycleNode | undefined;
  readonly #type: string;
  readonly #talker: string;
  readonly #children: CycleNode[] = [];
  /** Epochs that ended here since something last followed. */
  #confirmations = 0;
  /** Epochs that it takes. */
  #needed = FIRST_CONFIRMATIONS;

  constructor(type: string, talker: string, parent: CycleNode | undefined) {
    this.#type = type;
    this.#talker = talker;
    this.parent = parent;
  }

  /** Whether an epoch that has come so far may be taken as complete. */
  get isTrustedEnd(): boolean {
    return this.#confirmations >= this.#needed;
  }

  /** Whether this beginning has such a message already. */
  includes(message: GnssMessage): boolean {
    for (let node: CycleNode = this; node.parent !== undefined; node = node.parent) {
      if (node.isOf(message)) return true;
    }
    return false;
  }

  /** Whether the last message was such a one. */
  isOf(message: GnssMessage): boolean {
    return this.#type === message.type && this.#talker === talkerOf(message);
  }

  find(message: GnssMessage): CycleNode | undefined {
    for (const child of this.#children) if (child.isOf(message)) return child;
    return undefined;
  }

  grow(message: GnssMessage): CycleNode {
    const child = new CycleNode(message.type, talkerOf(message), this);
    this.#children.push(child);
    return child;
  }

  confirm(): void {
    if (this.#confirmations < this.#needed) this.#confirmations++;
  }

  distrust(): void {
    if (this.isTrustedEnd) this.#needed *= PENALTY_FACTOR;
    this.#confirmations = 0;
  }
}

/** More than the five that cover receivers with some sentences in every fifth epoch. */
export const FIRST_CONFIRMATIONS = 6;
const PENALTY_FACTOR = 8;
/** A receiver has a handful of cycles; a hostile one is forgotten now and then. */
const MAX_CYCLE_NODES = 2048;
