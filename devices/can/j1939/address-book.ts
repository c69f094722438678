import { GLOBAL_ADDRESS, NULL_ADDRESS } from './j1939-id.ts';
import { readJ1939Name } from './j1939-name.ts';

/** Nodes that are remembered; 254 at most have an address at a time, the others lost theirs. */
export const MAX_NODES = 512;

/** What a claim changed. */
export interface ClaimChange {
  /**
   * `claimed`: a node is there that had no address; `moved`: it has another one; `lost`: a lower NAME took its address; `cannotClaim`: it
   * says that it has none.
   */
  readonly kind: 'claimed' | 'moved' | 'lost' | 'cannotClaim';
  readonly name: bigint;
  /** What it has now; absent when it has none. */
  readonly address?: number;
  /** What it had; absent when it had none. */
  readonly previousAddress?: number;
}

/** Why a claim is none. */
export type ClaimRejection = 'short-claim' | 'bad-claim-address';

/** How long a node whose address a higher NAME claims has to defend it. */
const CONTENTION_MS = 250;

/**
 * Who sits at which address, by the claims that are heard. The lower NAME wins an address. A node that is gone defends nothing: a
 * higher NAME has the address once its claim stays unanswered.
 *
 * @see SAE J1939-81, 4.4 "Address management"
 */
export class AddressBook {
  readonly #onChange: (change: ClaimChange) => void;
  /** By NAME; the null address for a node that has none. In the order of coming. */
  readonly #addresses = new Map<bigint, number>();
  /** By address. */
  readonly #names: (bigint | undefined)[] = new Array(NULL_ADDRESS).fill(undefined);
  /** By address: who claims it from a lower NAME, and until when that may defend it. */
  readonly #contenders = new Map<number, { readonly name: bigint; readonly untilMs: number }>();

  constructor(onChange: (change: ClaimChange) => void) {
    this.#onChange = onChange;
  }

  /** Who sits at an address. */
  nameOf(address: number): bigint | undefined {
    return this.#names[address];
  }

  /** @param data of a claim from this source */
  take(source: number, data: Uint8Array, nowMs: number): ClaimRejection | undefined {
    const name = readJ1939Name(data);
    if (name === undefined) return 'short-claim';
    if (source === GLOBAL_ADDRESS) return 'bad-claim-address';
    this.tick(nowMs);
    const holder = this.#names[source];
    if (source === NULL_ADDRESS) this.#retire(name, 'cannotClaim');
    else if (holder === name) this.#contenders.delete(source);
    else if (holder !== undefined && holder < name) this.#contend(name, source, nowMs);
    else this.#settle(name, source);
    return undefined;
  }

  /** Settles what nobody has defended. */
  tick(nowMs: number): void {
    for (const [address, { name, untilMs }] of this.#contenders) if (nowMs > untilMs) this.#settle(name, address);
  }

  #contend(name: bigint, address: number, nowMs: number): void {
    const rival = this.#contenders.get(address);
    if (rival === undefined || name < rival.name) {
      this.#contenders.set(address, { name, untilMs: nowMs + CONTENTION_MS });
    }
  }

  /** The node has the address. */
  #settle(name: bigint, address: number): void {
    const loser = this.#names[address];
    if (loser !== undefined) this.#retire(loser, 'lost');
    const previous = this.#addresses.get(name) ?? NULL_ADDRESS;
    this.#leave(name);
    this.#addresses.set(name, address);
    this.#names[address] = name;
    this.#bound();
    if (previous === NULL_ADDRESS) this.#onChange({ kind: 'claimed', name, address });
    else this.#onChange({ kind: 'moved', name, address, previousAddress: previous });
  }

  /** The node has no address any more; what is known already is not told again. */
  #retire(name: bigint, kind: 'lost' | 'cannotClaim'): void {
    const previous = this.#addresses.get(name);
    this.#leave(name);
    if (previous === NULL_ADDRESS) return;
    this.#addresses.set(name, NULL_ADDRESS);
    this.#bound();
    this.#onChange(previous === undefined ? { kind, name } : { kind, name, previousAddress: previous });
  }

  /** Takes the node from wherever it sits or asks to sit. */
  #leave(name: bigint): void {
    const address = this.#addresses.get(name) ?? NULL_ADDRESS;
    if (this.#names[address] === name) this.#names[address] = undefined;
    for (const [contended, contender] of this.#contenders) {
      if (contender.name === name) this.#contenders.delete(contended);
    }
  }

  /** Forgets the oldest node without an address when there are too many. */
  #bound(): void {
    if (this.#addresses.size <= MAX_NODES) return;
    for (const [name, address] of this.#addresses) {
      if (address === NULL_ADDRESS) {
        this.#addresses.delete(name);
        return;
      }
    }
  }
}
