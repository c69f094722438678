import { counted } from '#gateway/model/counted.ts';
import type { DeadLettersStatus } from '#gateway/model/dead-letters-status.ts';
import { oneLine } from '#gateway/model/one-line.ts';
import type { PendingWork, PowerStatus } from '#gateway/model/power-status.ts';

/** What is left to do before the power may be cut, a line each. */
export function powerLines({ safe, pending }: PowerStatus): readonly string[] {
  if (safe) return ['safe to power off: everything is committed, and nothing is left to send'];
  return pending.map((work) => `not safe to power off: ${describeWork(work)}`);
}

/** The same in one line, without the reasons: `waystation status` gives those where they belong. */
export function powerLine(power: PowerStatus): string {
  if (power.safe) return powerLines(power).join();
  const owed = new Map<string, string[]>();
  for (const work of power.pending) {
    const who = work.what === 'journal' ? 'the disk' : work.sink;
    const what = work.what === 'redrive' ? counted(work.count, 'dead letter') : `${work.count} of ${work.stream}`;
    owed.set(who, [...(owed.get(who) ?? []), what]);
  }
  return `not safe to power off: ${[...owed].map(([who, what]) => `${who} has not had ${what.join(', ')}`).join('; ')}`;
}

function describeWork(work: PendingWork): string {
  const why = oneLine(work.why);
  switch (work.what) {
    case 'journal':
      return `${work.count} of ${work.stream} wait for the disk: ${why}`;
    case 'sink':
      return `${work.sink} has not had ${work.count} of ${work.stream}: ${why}`;
    case 'redrive':
      return `${work.sink} is to be given ${counted(work.count, 'dead letter')} again: ${why}`;
  }
}

/** What was refused for good, and what to do about it; nothing while there was nothing. */
export function deadLetterLines({ sinks, lastError }: DeadLettersStatus): readonly string[] {
  const lines = sinks.flatMap(({ sink, count, redrivingCount, evictedCount, unreadableCount = 0, lastReason }) => {
    const again = redrivingCount === 0 ? '' : `, ${redrivingCount} of them to be sent again`;
    const reason = lastReason === undefined ? '' : `; last: ${oneLine(lastReason)}`;
    return [
      ...(count === 0 ? [] : [`${sink}: ${counted(count, 'dead letter')}${again}${reason}`]),
      ...(evictedCount === 0 ? [] : [`${sink}: ${counted(evictedCount, 'dead letter')} went for want of room`]),
      ...(unreadableCount === 0 ? [] : [`${sink}: ${counted(unreadableCount, 'dead letter')} could not be read`]),
    ];
  });
  const advice = lines.length === 0 ? [] : ['to see them: waystation dead-letters list'];
  return [...lines, ...advice, ...(lastError === undefined ? [] : [`dead letters: ${oneLine(lastError)}`])];
}
