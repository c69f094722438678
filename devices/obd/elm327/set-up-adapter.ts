import { type ElmDialogue, type ElmScript, isBanner } from './elm-dialogue.ts';
import type { ElmReply } from './elm-reply.ts';

/** What the adapter is, and what it was found to do; what it says of its version proves nothing. */
export interface ElmAdapter {
  /** As it says: `ELM327 V1.5`, `STN1110 V4.2.0`. */
  readonly name: string;
  /** Tells who answers. */
  readonly hasHeaders: boolean;
  /** Measures the supply of the vehicle. */
  readonly hasVoltage: boolean;
}

/** How long what an adapter was still saying may take to run out. */
export const DRAIN_MS = 500;
/** Attempts to make it say its name before it counts as not there. */
const RESET_ATTEMPTS = 2;

/**
 * Resets the adapter and tells it how to write. Each command is tried and its answer believed: clones say `ELM327 v2.1` and lack half
 * of it.
 *
 * @param protocolNumber of `AT SP`; 0 searches
 * @returns undefined when nothing that understands these commands answers
 */
export function* setUpAdapter(dialogue: ElmDialogue, protocolNumber: string): ElmScript<ElmAdapter | undefined> {
  const banner = yield* reset(dialogue);
  if (banner === undefined) return undefined;
  // What a disturbance makes of one answer would be believed for the whole connection: nobody is asked once only.
  const does = function* (command: string): ElmScript<boolean> {
    return isOk(yield* dialogue.ask(command)) || (!dialogue.isLost && isOk(yield* dialogue.ask(command)));
  };
  yield* does('ATE0');
  yield* does('ATL0');
  yield* does('ATS0');
  // Otherwise each vehicle's protocol would be written to its memory, which wears.
  yield* does('ATM0');
  const hasHeaders = yield* does('ATH1');
  yield* does('ATAT1');
  yield* does(`ATSP${protocolNumber}`);
  const maker = yield* dialogue.ask('STI');
  const voltage = (yield* readVoltage(dialogue)) ?? (dialogue.isLost ? undefined : yield* readVoltage(dialogue));
  if (dialogue.isLost) return undefined;
  dialogue.form = { hasHeaders };
  const name = maker.texts.find((text) => text.startsWith('STN')) ?? banner;
  return { name, hasHeaders, hasVoltage: voltage !== undefined };
}

/** @returns its name */
function* reset(dialogue: ElmDialogue): ElmScript<string | undefined> {
  for (let attempt = 0; attempt < RESET_ATTEMPTS; attempt++) {
    const reply = yield* dialogue.ask('ATZ');
    // What the adapter had half heard before made it a command that nobody knows.
    const again = reply.faults.includes('unknown-command') ? yield* dialogue.ask('ATZ') : reply;
    dialogue.isLost = false;
    if (isBanner(again)) return nameOf(again);
    // Some say no more than «OK», or nothing before the prompt.
    if (!again.faults.includes('timeout')) {
      const identity = yield* dialogue.ask('ATI');
      dialogue.isLost = false;
      if (isBanner(identity)) return nameOf(identity);
    }
    yield* dialogue.ask('');
    yield { kind: 'drain', untilMs: dialogue.nowMs + DRAIN_MS };
  }
  return undefined;
}

function nameOf({ texts }: ElmReply): string {
  return texts.at(-1) ?? 'ELM327';
}

function isOk({ texts }: ElmReply): boolean {
  return texts.includes('OK');
}

/** No vehicle has less, no measuring input more: what is beyond is no measurement. */
const LEAST_VOLTS = 6;
const MOST_VOLTS = 40;

/** The voltage at the diagnostic connector; asking for it does not touch the bus. @returns undefined where it is not measured */
export function* readVoltage(dialogue: ElmDialogue): ElmScript<number | undefined> {
  const { texts } = yield* dialogue.ask('ATRV');
  const volts = Number(/^(\d{1,2}\.\d{1,2}) ?V?$/.exec(texts[0] ?? '')?.[1]);
  return volts >= LEAST_VOLTS && volts <= MOST_VOLTS ? volts : undefined;
}
