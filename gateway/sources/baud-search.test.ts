import { describe, expect, it } from 'vitest';
import {
  BAUD_RATES,
  type BaudSearch,
  baudOf,
  beginBaudSearch,
  LISTEN_MS,
  LOOK_AGAIN_MS,
  MAX_SILENT_STAY_MS,
  PROMISING_MS,
  stepBaudSearch,
} from './baud-search.ts';

const TICK_MS = 500;

/** A receiver as a search hears it: what comes each half second at a rate. */
type Receiver = (baud: number, nowMs: number) => { readonly bytes: number; readonly messages: number };

const speaksAt =
  (rate: number): Receiver =>
  (baud, nowMs) =>
    baud === rate ? { bytes: 250, messages: nowMs % 1000 === 0 ? 4 : 0 } : { bytes: 80, messages: 0 };
const silent: Receiver = () => ({ bytes: 0, messages: 0 });
const noise: Receiver = () => ({ bytes: 80, messages: 0 });

/** Runs until the condition holds or the time is up. @returns the search, the time, and every rate that was set with its time */
function run(
  search: BaudSearch,
  fromMs: number,
  limitMs: number,
  receiver: Receiver,
  isDone: (search: BaudSearch) => boolean,
) {
  const rates: (readonly [ms: number, baud: number])[] = [[fromMs, baudOf(search)]];
  let now = fromMs;
  let state = search;
  while (now - fromMs < limitMs && !isDone(state)) {
    now += TICK_MS;
    const before = baudOf(state);
    state = stepBaudSearch(state, now, { kind: 'heard', ...receiver(before, now) });
    if (baudOf(state) !== before) rates.push([now, baudOf(state)]);
  }
  return { search: state, now, rates };
}

const isFound = ({ isFound: found }: BaudSearch) => found;
const never = () => false;

describe('stepBaudSearch', () => {
  it.each(BAUD_RATES)('finds %i within one round, and within 22 s', (rate) => {
    const { search, now } = run(beginBaudSearch(0), 0, 60_000, speaksAt(rate), isFound);
    expect([baudOf(search), search.isFound]).toEqual([rate, true]);
    expect(now).toBeLessThanOrEqual(22_000);
  });

  it('tries the remembered rate first, which need not be among the usual ones', () => {
    const { search, now, rates } = run(beginBaudSearch(0, 14_400), 0, 60_000, speaksAt(14_400), isFound);
    expect([baudOf(search), rates, now]).toEqual([14_400, [[0, 14_400]], 1000]);
  });

  it('goes on from a remembered rate that is wrong now, and tries none twice in a round', () => {
    const { rates } = run(beginBaudSearch(0, 38_400), 0, 60_000, speaksAt(921_600), isFound);
    expect(rates.map(([, baud]) => baud)).toEqual([38_400, ...BAUD_RATES.filter((rate) => rate !== 38_400)]);
  });

  it('takes two messages for no proof', () => {
    const few: Receiver = (_, now) => ({ bytes: 80, messages: now === 500 || now === 1000 ? 1 : 0 });
    const { search, rates } = run(beginBaudSearch(0), 0, PROMISING_MS + TICK_MS, few, isFound);
    expect(search.isFound).toBe(false);
    expect(rates.map(([ms]) => ms)).toEqual([0, PROMISING_MS + TICK_MS]);
  });

  it('waits for a receiver that says one sentence a second', () => {
    const terse: Receiver = (_, now) => ({ bytes: 40, messages: now % 1000 === 0 ? 1 : 0 });
    expect(run(beginBaudSearch(0), 0, 10_000, terse, isFound)).toMatchObject({
      now: 3000,
      rates: [[0, 9600]],
    });
  });

  it('finds a receiver that speaks every ten seconds only, although wrong rates swallow what it says', () => {
    const rare: Receiver = (baud, now) =>
      baud === 57_600 && now % 10_000 === 0 ? { bytes: 250, messages: 4 } : { bytes: 0, messages: 0 };
    const { search } = run(beginBaudSearch(0), 0, 600_000, rare, isFound);
    expect([baudOf(search), search.isFound]).toEqual([57_600, true]);
  });

  it('changes the rate ever more rarely while nothing comes', () => {
    const { rates } = run(beginBaudSearch(0), 0, 3_600_000, silent, never);
    const stays = rates.slice(1).map(([ms], index) => ms - (rates[index]?.[0] ?? 0));
    expect(stays.slice(0, 9)).toEqual(Array.from({ length: 9 }, () => 3000));
    expect(Math.max(...stays)).toBe(MAX_SILENT_STAY_MS);
    expect(rates.length).toBeLessThan(160);
  });

  it('rests between two rounds of noise, at the likeliest rate, and never longer than 12 s', () => {
    const { search, rates } = run(beginBaudSearch(0), 0, 3_600_000, noise, never);
    const stays = rates.slice(1).map(([ms], index) => ms - (rates[index]?.[0] ?? 0));
    expect(stays.slice(0, 10)).toEqual([...Array.from({ length: 9 }, () => LISTEN_MS + TICK_MS), 3000]);
    expect(Math.max(...stays)).toBe(LISTEN_MS + 10_000 + TICK_MS);
    expect(search).toMatchObject({ hasHeardNoise: true, isFound: false });
  });

  it('hears a receiver that changes its rate after a while: one that lost its battery is back at its default', () => {
    const found = run(beginBaudSearch(0, 115_200), 0, 60_000, speaksAt(115_200), isFound);
    const doubted = run(found.search, found.now, 60_000, speaksAt(9600), (search) => !search.isFound);
    expect(doubted.now - found.now).toBe(LOOK_AGAIN_MS);
    expect(doubted.rates).toHaveLength(1);
    const again = run(doubted.search, doubted.now, 60_000, speaksAt(9600), isFound);
    expect([baudOf(again.search), again.rates.map(([, baud]) => baud)]).toEqual([9600, [115_200, 9600]]);
  });

  it('keeps to a rate that was found while a receiver is silent for less than that', () => {
    const found = run(beginBaudSearch(0), 0, 60_000, speaksAt(38_400), isFound);
    const pausing = run(found.search, found.now, LOOK_AGAIN_MS - TICK_MS, silent, never);
    expect(pausing.search).toMatchObject({ isFound: true });
    expect(pausing.rates).toHaveLength(1);
  });

  it('passes over a rate that the port does not have, and keeps the last', () => {
    let search = beginBaudSearch(0);
    for (const rate of BAUD_RATES) {
      expect(baudOf(search)).toBe(rate);
      search = stepBaudSearch(search, 0, { kind: 'refused' });
    }
    expect(baudOf(search)).toBe(921_600);
  });
});
