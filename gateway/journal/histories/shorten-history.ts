import type { Command, History, Life } from './history.ts';

/**
 * Looks for the shortest history that still goes wrong: leaves out lives, then commands, then makes numbers smaller, as long as
 * anything helps.
 *
 * @param fails plays a history; tried at most {@link MAX_TRIES} times
 */
export async function shortenHistory(
  history: History,
  fails: (history: History) => Promise<boolean>,
): Promise<History> {
  let shortest = history;
  let tries = 0;
  for (let hasImproved = true; hasImproved; ) {
    hasImproved = false;
    for (const candidate of shorter(shortest)) {
      if (++tries > MAX_TRIES) return shortest;
      if (!(await fails(candidate))) continue;
      shortest = candidate;
      hasImproved = true;
      break;
    }
  }
  return shortest;
}

const MAX_TRIES = 3000;

function* shorter(history: History): Generator<History> {
  const { lives } = history;
  for (const [index, life] of lives.entries()) {
    if (lives.length > 1) yield { ...history, lives: lives.toSpliced(index, 1) };
    for (const shorterLife of shorterLives(life)) yield { ...history, lives: lives.with(index, shorterLife) };
  }
}

function* shorterLives(life: Life): Generator<Life> {
  const { before, commands, death } = life;
  if (commands.length > 3) {
    const half = commands.length >> 1;
    yield { ...life, commands: commands.slice(half) };
    yield { ...life, commands: commands.slice(0, half) };
  }
  const { absentSink, newerSeed, ...plain } = life;
  if (absentSink !== undefined) yield { ...plain, ...(newerSeed === undefined ? {} : { newerSeed }) };
  if (newerSeed !== undefined) yield { ...plain, ...(absentSink === undefined ? {} : { absentSink }) };
  if (life.isMoved) yield { ...life, isMoved: false };
  for (const index of before.keys()) yield { ...life, before: before.toSpliced(index, 1) };
  for (const index of commands.keys()) yield { ...life, commands: commands.toSpliced(index, 1) };
  for (const [index, command] of commands.entries()) {
    for (const smaller of smallerCommands(command)) yield { ...life, commands: commands.with(index, smaller) };
  }
  if (death.how === 'powerCut') yield { ...life, death: { ...death, how: 'kill' } };
  if (death.how === 'kill') yield { ...life, death: { how: 'close' } };
}

function* smallerCommands(command: Command): Generator<Command> {
  if ('count' in command && command.count > 1) yield { ...command, count: command.count >> 1 };
  if (command.do !== 'append') return;
  if (command.sizeBytes > 1) yield { ...command, sizeBytes: command.sizeBytes >> 1 };
  if (!command.isAwaited) yield { ...command, isAwaited: true };
}
