import type { LinkMode } from '#gateway/model/link-status.ts';
import type { Allowance } from './allowance.ts';
import {
  advanceTo,
  type Calendar,
  type DayLedger,
  learnDate,
  nextReliefMs,
  resumeLedger,
  spendBytes,
  usedBytes,
} from './day-ledger.ts';
import { drain, fill, refillMs, type TokenBucket } from './token-bucket.ts';

/** The bounds of one link; absent is unbounded. Of a day, `reserveBytes` are for urgent lanes. */
export interface BudgetPolicy {
  readonly maxBytesPerSecond: number | undefined;
  readonly maxEventsPerSecond: number | undefined;
  readonly maxBytesPerDay: number | undefined;
  readonly reserveBytes: number;
  readonly calendar: Calendar;
}

/** What is known of what went over a link, and of what is about to [D8]. Times are those of the line in `day-ledger.ts`. */
export interface BudgetState {
  readonly ledger: DayLedger;
  readonly bytes: TokenBucket;
  readonly events: TokenBucket;
  /** Estimates that nobody has taken back. */
  readonly chargedBytes: number;
  /** What the meters have counted of those: what is still to come is the difference. */
  readonly countedBytes: number;
  /** What may still go before the disk must know: so much was written down there as gone already. */
  readonly coveredBytes: number;
  /** Being written down. */
  readonly saving: Saving | undefined;
}

/** A record on its way to the disk. */
export interface Saving {
  /** What it counts as gone beyond what had gone then. */
  readonly aheadBytes: number;
  readonly spentSinceBytes: number;
  /** Of another day than the one under way: it covers nothing. */
  readonly isOutdated: boolean;
}

/** What happened. */
export type BudgetEvent =
  /** Time passed; `wallMs` where the date is to be believed. */
  | { readonly kind: 'time'; readonly wallMs?: number }
  | { readonly kind: 'charge'; readonly bytes: number; readonly events: number }
  /** Of a charge: its answer is there, or its connection is gone. */
  | { readonly kind: 'settle'; readonly bytes: number }
  | { readonly kind: 'meter'; readonly sentBytes: number; readonly receivedBytes: number }
  | { readonly kind: 'save'; readonly aheadBytes: number }
  | { readonly kind: 'saved' | 'saveFailed' };

/** Begins with what was kept. Nothing goes before it is written down who began; rates begin with nothing to spend. @param passedMs as of `resumeLedger` */
export function startBudget(kept: DayLedger, passedMs?: number): BudgetState {
  const ledger = resumeLedger(kept, passedMs);
  const { elapsedMs } = ledger;
  return {
    ledger,
    bytes: { tokens: 0, atMs: elapsedMs },
    events: { tokens: 0, atMs: elapsedMs },
    chargedBytes: 0,
    countedBytes: 0,
    coveredBytes: 0,
    saving: undefined,
  };
}

/** The whole accounting of a link: a state and what happened in, the next state out. */
export function stepBudget(
  policy: BudgetPolicy,
  before: BudgetState,
  elapsedMs: number,
  event: BudgetEvent,
): BudgetState {
  const state = atTime(policy, before, elapsedMs, event.kind === 'time' ? event.wallMs : undefined);
  switch (event.kind) {
    case 'time':
      return state;
    case 'charge': {
      const chargedBytes = state.chargedBytes + event.bytes;
      return {
        ...state,
        chargedBytes,
        events: drain(state.events, policy.maxEventsPerSecond, elapsedMs, event.events),
      };
    }
    case 'settle': {
      const chargedBytes = Math.max(0, state.chargedBytes - event.bytes);
      const countedBytes = chargedBytes === 0 ? 0 : Math.max(0, state.countedBytes - event.bytes);
      return { ...state, chargedBytes, countedBytes };
    }
    case 'meter': {
      const { sentBytes, receivedBytes } = event;
      const bytes = sentBytes + receivedBytes;
      return {
        ...state,
        ledger: spendBytes(state.ledger, bytes),
        bytes: drain(state.bytes, policy.maxBytesPerSecond, elapsedMs, bytes),
        countedBytes: state.chargedBytes === 0 ? 0 : state.countedBytes + sentBytes,
        coveredBytes: state.coveredBytes - bytes,
        saving: state.saving && { ...state.saving, spentSinceBytes: state.saving.spentSinceBytes + bytes },
      };
    }
    case 'save':
      return { ...state, saving: { aheadBytes: event.aheadBytes, spentSinceBytes: 0, isOutdated: false } };
    case 'saved': {
      const { saving } = state;
      const isCovering = saving !== undefined && !saving.isOutdated;
      return { ...state, saving: undefined, coveredBytes: isCovering ? saving.aheadBytes - saving.spentSinceBytes : 0 };
    }
    case 'saveFailed':
      return { ...state, saving: undefined };
  }
}

/** What was written ahead lies in the day before: a day that begins is covered by nothing yet. */
function atTime(policy: BudgetPolicy, state: BudgetState, elapsedMs: number, wallMs: number | undefined): BudgetState {
  const advanced = advanceTo(policy.calendar, state.ledger, elapsedMs);
  const ledger = wallMs === undefined ? advanced : learnDate(policy.calendar, advanced, wallMs);
  if (ledger.dayFromMs === state.ledger.dayFromMs) return ledger === state.ledger ? state : { ...state, ledger };
  return { ...state, ledger, coveredBytes: 0, saving: state.saving && { ...state.saving, isOutdated: true } };
}

/** Estimates that the meters have not seen yet. */
export function pendingBytes({ chargedBytes, countedBytes }: BudgetState): number {
  return Math.max(0, chargedBytes - countedBytes);
}

/** How the day stands: nothing bounds it, or it is not used up; so little is left that no batch is cut to it; only its reserve is left, or not even that. */
export function dayState(policy: BudgetPolicy, state: BudgetState): 'open' | 'low' | 'reserved' | 'spent' {
  const { maxBytesPerDay = Infinity, reserveBytes } = policy;
  const left = maxBytesPerDay - usedBytes(state.ledger);
  if (left <= 0) return 'spent';
  if (reserveBytes > 0 && left <= reserveBytes) return 'reserved';
  return left - reserveBytes < restBytes(policy) ? 'low' : 'open';
}

/** Wake-ups of a loop that waits for a rate, at the least apart: else each would send one event. */
const MIN_WAIT_MS = 50;

/**
 * What may go, in a mode. When the day is spent the link is off: an attempt to connect alone would cost kilobytes.
 *
 * @returns `moreAtMs` on the line of the ledger
 */
export function allowanceOf(policy: BudgetPolicy, state: BudgetState, elapsedMs: number, mode: LinkMode): Allowance {
  const { maxBytesPerSecond, maxEventsPerSecond, maxBytesPerDay = Infinity, reserveBytes } = policy;
  const pending = pendingBytes(state);
  const tokens = fill(state.bytes, maxBytesPerSecond, elapsedMs) - pending;
  const left = maxBytesPerDay - usedBytes(state.ledger) - pending;
  const covered = maxBytesPerDay === Infinity ? Infinity : state.coveredBytes - pending;
  const urgentBytes = Math.min(tokens, left, covered);
  const bytes = Math.min(urgentBytes, left - reserveBytes);
  const isSpent = dayState(policy, state) === 'spent';
  return {
    mode: isSpent ? 'off' : mode,
    bytes,
    urgentBytes,
    maxEventBytes: bytes > 0 ? Math.min(left - reserveBytes, covered) : 0,
    maxUrgentEventBytes: urgentBytes > 0 ? covered : 0,
    events: Math.floor(fill(state.events, maxEventsPerSecond, elapsedMs)),
    burstBytes: Math.min(maxBytesPerSecond ?? Infinity, coverableBytes(policy, state)),
    burstEvents: Math.floor(maxEventsPerSecond ?? Infinity),
    bytesPerSecond: maxBytesPerSecond ?? Infinity,
    dayBytes: left + pending - reserveBytes,
    dayRestBytes: restBytes(policy),
    moreAtMs: Math.max(
      elapsedMs + MIN_WAIT_MS,
      Math.min(
        elapsedMs + refillMs(state.bytes, maxBytesPerSecond, elapsedMs, pending),
        elapsedMs + refillMs(state.events, maxEventsPerSecond, elapsedMs, 1),
        maxBytesPerDay === Infinity ? Infinity : nextReliefMs(state.ledger),
      ),
    ),
  };
}

/** The smallest part of a day that is worth a batch which it cuts: what is less stays for urgent lanes. */
const RESTS_PER_DAY = 32;

function restBytes({ maxBytesPerDay, reserveBytes }: BudgetPolicy): number {
  return maxBytesPerDay === undefined ? 0 : Math.floor((maxBytesPerDay - reserveBytes) / RESTS_PER_DAY);
}

/** A record covers a part of the day, so that a day costs the disk a few hundred writes, and a power cut not more than that part. */
const RECORDS_PER_DAY = 256;
const MIN_AHEAD_BYTES = 4096;
const MAX_AHEAD_BYTES = 256 * 1024;

/**
 * Whether the disk must be told that more has gone, before it goes: a power cut may come at any moment, and what went is not given
 * back by it. What is told and has not gone is lost for the day by such a cut, so it is little.
 *
 * @param wantedBytes the largest event that could go next
 * @returns how much beyond what has gone the record must count; undefined where there is no need
 */
export function bytesToCover(policy: BudgetPolicy, state: BudgetState, wantedBytes: number): number | undefined {
  const { maxBytesPerDay } = policy;
  if (maxBytesPerDay === undefined || state.saving !== undefined) return undefined;
  const pending = pendingBytes(state);
  const left = maxBytesPerDay - usedBytes(state.ledger) - pending;
  if (left <= 0) return undefined;
  const ahead = Math.min(left, recordBytes(maxBytesPerDay));
  if (state.coveredBytes - pending >= Math.max(ahead / 2, wantedBytes)) return undefined;
  return pending + ahead + wantedBytes;
}

function recordBytes(maxBytesPerDay: number): number {
  return Math.min(MAX_AHEAD_BYTES, Math.max(MIN_AHEAD_BYTES, Math.ceil(maxBytesPerDay / RECORDS_PER_DAY)));
}

/** What is written ahead at some time soon, if it is not already. */
function coverableBytes({ maxBytesPerDay }: BudgetPolicy, { coveredBytes }: BudgetState): number {
  return maxBytesPerDay === undefined ? Infinity : Math.max(coveredBytes, recordBytes(maxBytesPerDay) / 2);
}
