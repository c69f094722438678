import type { DiagnosticMessage, J1939Dtc } from './diagnostic-message.ts';
import type { Lamps } from './lamps.ts';

/** A trouble code became active, or is no more. */
export interface DtcChange {
  readonly state: 'raised' | 'cleared';
  readonly dtc: J1939Dtc;
  /** Address of the node when it said so. */
  readonly source: number;
  /** NAME of the node, where it has claimed. */
  readonly name?: bigint;
  /** What the lamps of the node show now. */
  readonly lamps: Lamps;
  /** By the clock of the bus. */
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
  /** The first DM1 that was heard of the node had the code: nobody knows for how long. */
  readonly isOnsetUnknown: boolean;
}

/** Who said it: the NAME where it is known, else the address. */
export type DtcSource = bigint | number;

/** Codes that are followed at a time, of all nodes. */
export const MAX_TRACKED_DTCS = 1024;
/** Nodes whose codes are followed: as many as have addresses, twice, since they move. */
export const MAX_DTC_SOURCES = 512;

/** Cycles that are looked back on, and of those how many must have a code so that it counts. */
const CYCLES = 3;
const CONFIRMING_CYCLES = 2;
const HISTORY_MASK = 2 ** CYCLES - 1;
/** What makes two codes the same: all but how often it occurred. */
const IDENTITY_MASK = 0x80ff_ffff;

/**
 * From DM1 to changes. A cycle is one DM1 of a node. A code is raised when two of three cycles in a row have it, and cleared when three have
 * not, or when the node says that it has none. Silence is no cycle: a DM1 that does not come clears nothing.
 *
 * The key of a code is its source, SPN and FMI. Begins empty: what is active then is raised with an unknown onset.
 */
export class DtcTracker {
  readonly #onChange: (change: DtcChange) => void;
  readonly #nodes = new Map<DtcSource, TrackedNode>();
  #dtcCount = 0;

  constructor(onChange: (change: DtcChange) => void) {
    this.#onChange = onChange;
  }

  /**
   * Takes a DM1.
   *
   * @param name of the node at the address, where it is known
   * @returns `too-many-dtcs` if there was no room for all it says
   */
  take(
    source: number,
    name: bigint | undefined,
    message: DiagnosticMessage,
    nowMs: number,
  ): 'too-many-dtcs' | undefined {
    if (message.content === 'notAvailable') return undefined;
    const node = this.#nodeOf(name ?? source);
    if (node === undefined) return 'too-many-dtcs';
    const said = { source, ...(name === undefined ? {} : { name }), lamps: message.lamps };
    for (const tracked of node.dtcs.values()) tracked.history = (tracked.history << 1) & HISTORY_MASK;
    let isFull = false;
    for (const dtc of message.dtcs) isFull = !this.#see(node, dtc, nowMs) || isFull;
    for (const [key, tracked] of node.dtcs) {
      if (!tracked.isActive && bitCount(tracked.history) >= CONFIRMING_CYCLES) {
        tracked.isActive = true;
        this.#tell('raised', tracked, said);
      }
      if (tracked.history !== 0 && message.content !== 'none') continue;
      node.dtcs.delete(key);
      this.#dtcCount--;
      if (tracked.isActive) this.#tell('cleared', tracked, said);
    }
    node.isHeard = true;
    return isFull ? 'too-many-dtcs' : undefined;
  }

  /** The node at an address has told its NAME: what it said before belongs to it. */
  identify(address: number, name: bigint): void {
    const node = this.#nodes.get(address);
    if (node === undefined) return;
    this.#nodes.delete(address);
    if (this.#nodes.has(name)) this.#dtcCount -= node.dtcs.size;
    else this.#nodes.set(name, node);
  }

  /** Notes a code. @returns false if there is no room for it */
  #see(node: TrackedNode, dtc: J1939Dtc, nowMs: number): boolean {
    const key = (dtc.bits & IDENTITY_MASK) >>> 0;
    const tracked = node.dtcs.get(key);
    if (tracked !== undefined) {
      tracked.history |= 1;
      tracked.dtc = dtc;
      tracked.lastSeenMs = nowMs;
      return true;
    }
    if (this.#dtcCount >= MAX_TRACKED_DTCS) return false;
    const seen = { firstSeenMs: nowMs, lastSeenMs: nowMs, isOnsetUnknown: !node.isHeard };
    node.dtcs.set(key, { dtc, history: 1, isActive: false, ...seen });
    this.#dtcCount++;
    return true;
  }

  #nodeOf(key: DtcSource): TrackedNode | undefined {
    const known = this.#nodes.get(key);
    if (known !== undefined) return known;
    if (this.#nodes.size >= MAX_DTC_SOURCES && !this.#forgetSilent()) return undefined;
    const node = { dtcs: new Map<number, TrackedDtc>(), isHeard: false };
    this.#nodes.set(key, node);
    return node;
  }

  /** Makes room: a node without codes loses only that it was heard. */
  #forgetSilent(): boolean {
    for (const [key, { dtcs }] of this.#nodes) if (dtcs.size === 0) return this.#nodes.delete(key);
    return false;
  }

  #tell(state: DtcChange['state'], tracked: TrackedDtc, said: Pick<DtcChange, 'source' | 'name' | 'lamps'>): void {
    const { dtc, firstSeenMs, lastSeenMs, isOnsetUnknown } = tracked;
    this.#onChange({ state, dtc, ...said, firstSeenMs, lastSeenMs, isOnsetUnknown });
  }
}

interface TrackedNode {
  readonly dtcs: Map<number, TrackedDtc>;
  /** A DM1 came before. */
  isHeard: boolean;
}

interface TrackedDtc {
  dtc: J1939Dtc;
  /** One bit a cycle, the latest lowest. */
  history: number;
  isActive: boolean;
  readonly firstSeenMs: number;
  lastSeenMs: number;
  readonly isOnsetUnknown: boolean;
}

function bitCount(history: number): number {
  let count = 0;
  for (let bits = history; bits !== 0; bits >>= 1) count += bits & 1;
  return count;
}
