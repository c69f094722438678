import { seededRandom } from '#gateway/journal/open-test-journal.ts';
import { Choices } from './choices.ts';
import { type Command, type History, type Life, SINK_NAMES } from './history.ts';

/**
 * The same history with more in it: lives in which a sink is not configured, and may be forgotten, and starts of this version where
 * a newer one has written. It has random numbers of its own, so that what was there before stays as it is.
 */
export function extendHistory(history: History): History {
  const random = new Choices(seededRandom(~history.settings.seed));
  return { ...history, lives: history.lives.map((life) => extendLife(life, random)) };
}

function extendLife(life: Life, random: Choices): Life {
  const sink = random.integer(0, SINK_NAMES.length - 1);
  const isAbsent = random.chance(0.25);
  const isForgotten = random.chance(isAbsent ? 0.6 : 0.05);
  const index = random.integer(0, life.commands.length);
  const forget: Command = { do: 'forget', sink };
  return {
    ...life,
    commands: isForgotten ? life.commands.toSpliced(index, 0, forget) : life.commands,
    ...(isAbsent ? { absentSink: sink } : {}),
    ...(random.chance(0.1) ? { newerSeed: random.integer(0, 2 ** 31) } : {}),
  };
}
