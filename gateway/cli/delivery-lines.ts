import { counted } from '#gateway/model/counted.ts';
import type { DeadLettersStatus } from '#gateway/model/dead-letters-status.ts';
import { oneLine } from '#gateway/model/one-line.ts';
import type { PendingWork, PowerStatus } from '#gateway/model/power-status.ts';

/** What is left to do before the power may be cut: once for each sink and reason, whatever the number of its lanes. */
export function powerLines({ safe, pending }: PowerStatus): readonly string[] {
  if (safe) return ['safe to power off: everything is committed, and nothing is left to send'];
  const owed = new Map<string, { readonly who: string; readonly why: string; readonly what: string[] }>();
  for (const work of pending) {
    const who = ownerOf(work);
    const key = JSON.stringify([who, work.why]);
    const entry = owed.get(key) ?? { who, why: oneLine(work.why), what: [] };
    entry.what.push(describeWork(work));
    owed.set(key, entry);
  }
  return [...owed.values()].map(
    ({ who, what, why }) => `not safe to power off: ${who} has not had ${what.join(', ')}: ${why}`,
  );
}

/** The same in one line, without the reasons: `waystation status` gives those where they belong. */
export function powerLine(power: PowerStatus): string {
  if (power.safe) return powerLines(power).join();
  const owed = new Map<string, string[]>();
  for (const work of power.pending) {
    const who = ownerOf(work);
    owed.set(who, [...(owed.get(who) ?? []), describeWork(work)]);
  }
  return `not safe to power off: ${[...owed].map(([who, what]) => `${who} has not had ${what.join(', ')}`).join('; ')}`;
}

/** Who is owed something, each once. */
export function ownersOf({ pending }: PowerStatus): readonly string[] {
  return [...new Set(pending.map(ownerOf))];
}

function ownerOf(work: PendingWork): string {
  return work.what === 'journal' ? 'the disk' : work.sink;
}

function describeWork(work: PendingWork): string {
  return work.what === 'redrive' ? counted(work.count, 'dead letter') : `${work.count} of ${work.stream}`;
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
