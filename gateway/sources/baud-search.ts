/**
 * Finds the rate of a receiver by what it says: a rate is right if messages come whole at it, and nothing else is evidence.
 *
 * A value and a pure {@link stepBaudSearch}; `baud-finder.ts` drives it. Candidates are listened to in turn, round after round, each for
 * {@link LISTEN_MS} from the first byte that came at it. Where nothing comes, it stays, longer from round to round: no rate makes a
 * silent receiver speak. At the first candidate every round rests a little longer, so that noise costs no flurry of changes.
 */
export interface BaudSearch {
  /** Bits per second, the likeliest first. */
  readonly candidates: readonly number[];
  /** Of the candidate that the port is set to. */
  readonly index: number;
  /** Whether messages have proved it. */
  readonly isFound: boolean;
  /** Whole rounds without success. */
  readonly roundCount: number;
  /** When listening began; once found, when the last message came. Monotonic. */
  readonly sinceMs: number;
  /** Of the first byte at this rate; absent before it. */
  readonly firstByteMs: number | undefined;
  /** At this rate. */
  readonly messageCount: number;
  /** Whether anything came in the rounds that ended. */
  readonly hasHeardNoise: boolean;
  /** A rate that was found is doubted when no message has come for so long. */
  readonly lookAgainMs: number;
}

/** Which rates a kind of device may have, and how it speaks. */
export interface BaudHabits {
  /** The commonest first. */
  readonly rates: readonly number[];
  /** As {@link BaudSearch.lookAgainMs}. */
  readonly lookAgainMs: number;
}

/** What happened to the port. */
export type BaudSearchEvent =
  /** Since the last event: bytes, and valid messages among them. Both 0 when only time has passed. */
  | { readonly kind: 'heard'; readonly bytes: number; readonly messages: number }
  /** The port does not have the rate. */
  | { readonly kind: 'refused' };

/** The rates that receivers are set to, the commonest first. */
export const BAUD_RATES: readonly number[] = [9600, 38_400, 115_200, 4800, 57_600, 230_400, 460_800, 19_200, 921_600];

/** So many valid messages prove a rate. */
export const NEEDED_MESSAGES = 3;
/** Without a message so long after the first byte, a rate is wrong. */
export const LISTEN_MS = 2000;
/** With one or two it may be a receiver of few words. */
export const PROMISING_MS = 6000;
/** How long a rate at which nothing comes is stayed at: a port may swallow what comes at the wrong rate. Doubles from round to round. */
export const SILENT_STAY_MS = 3000;
/** The longest of those. */
export const MAX_SILENT_STAY_MS = 30_000;
/** A rate that was found is doubted when no message has come for so long: a receiver that lost its battery is back at its default. */
export const LOOK_AGAIN_MS = 10_000;
/** What a round rests at its first candidate beyond {@link LISTEN_MS}, doubling from round to round. */
export const FIRST_REST_MS = 500;
/** The longest of those. */
export const MAX_REST_MS = 10_000;

/** Of satellite receivers. */
const RECEIVER_HABITS: BaudHabits = { rates: BAUD_RATES, lookAgainMs: LOOK_AGAIN_MS };

/** @param remembered the rate that was found last time; tried first */
export function beginBaudSearch(
  nowMs: number,
  remembered?: number,
  { rates, lookAgainMs }: BaudHabits = RECEIVER_HABITS,
): BaudSearch {
  const others = rates.filter((rate) => rate !== remembered);
  const candidates = remembered === undefined ? others : [remembered, ...others];
  const begun = { candidates, index: 0, isFound: false, roundCount: 0, hasHeardNoise: false, lookAgainMs };
  return { ...begun, ...listening(nowMs) };
}

/** Bits per second that the port must be set to now. */
export function baudOf({ candidates, index }: BaudSearch): number {
  return candidates[index] ?? BAUD_RATES[0] ?? 9600;
}

/** What follows from an event; where {@link baudOf} changes, the port must be set. */
export function stepBaudSearch(search: BaudSearch, nowMs: number, event: BaudSearchEvent): BaudSearch {
  if (event.kind === 'refused') return withoutCandidate(search, nowMs);
  return search.isFound ? stepFound(search, nowMs, event.messages) : stepListening(search, nowMs, event);
}

function stepFound(search: BaudSearch, nowMs: number, messages: number): BaudSearch {
  if (messages > 0) return { ...search, sinceMs: nowMs };
  if (nowMs - search.sinceMs < search.lookAgainMs) return search;
  // What was right so far is the likeliest still.
  const found = baudOf(search);
  const candidates = [found, ...search.candidates.filter((rate) => rate !== found)];
  return { ...search, candidates, index: 0, isFound: false, roundCount: 0, hasHeardNoise: false, ...listening(nowMs) };
}

function stepListening(
  search: BaudSearch,
  nowMs: number,
  { bytes, messages }: { readonly bytes: number; readonly messages: number },
): BaudSearch {
  const messageCount = search.messageCount + messages;
  if (messageCount >= NEEDED_MESSAGES)
    return { ...search, isFound: true, roundCount: 0, hasHeardNoise: false, sinceMs: nowMs, messageCount };
  const firstByteMs = search.firstByteMs ?? (bytes > 0 ? nowMs : undefined);
  const heard = { ...search, messageCount, firstByteMs };
  return isOver(heard, nowMs) ? nextCandidate(heard, nowMs) : heard;
}

function isOver({ firstByteMs, messageCount, index, roundCount, sinceMs }: BaudSearch, nowMs: number): boolean {
  if (firstByteMs === undefined) return nowMs - sinceMs >= doubled(SILENT_STAY_MS, roundCount, MAX_SILENT_STAY_MS);
  const restMs = index === 0 && roundCount > 0 ? doubled(FIRST_REST_MS, roundCount - 1, MAX_REST_MS) : 0;
  return nowMs - firstByteMs >= (messageCount > 0 ? PROMISING_MS : LISTEN_MS) + restMs;
}

function nextCandidate(search: BaudSearch, nowMs: number): BaudSearch {
  const index = (search.index + 1) % search.candidates.length;
  const hasHeardNoise = search.hasHeardNoise || search.firstByteMs !== undefined;
  return {
    ...search,
    index,
    roundCount: search.roundCount + (index === 0 ? 1 : 0),
    hasHeardNoise,
    ...listening(nowMs),
  };
}

/** The last one stays: a port that takes no rate at all is closed by whoever reads it. */
function withoutCandidate(search: BaudSearch, nowMs: number): BaudSearch {
  if (search.candidates.length === 1) return search;
  const candidates = search.candidates.filter((_, index) => index !== search.index);
  const index = search.index % candidates.length;
  return { ...search, candidates, index, isFound: false, ...listening(nowMs) };
}

function listening(nowMs: number) {
  return { sinceMs: nowMs, firstByteMs: undefined, messageCount: 0 };
}

function doubled(firstMs: number, times: number, maxMs: number): number {
  return Math.min(maxMs, firstMs * 2 ** Math.min(times, 31));
}
