import { counted } from '#gateway/model/counted.ts';
import type { SourceStatus } from '#gateway/model/status.ts';

/** What is worth a line of its own of a satellite receiver, or of a selection between several. */
export function receiverLines({ id, receiver, selection }: SourceStatus): string[] {
  const lines: string[] = [];
  const { fixFaults, date, weeksAdded = 0 } = receiver ?? {};
  if (fixFaults !== undefined) lines.push(`its fix is not valid: ${fixFaults.join(', ')}`);
  if (date === 'corrected')
    lines.push(`${weeksAdded} weeks are added to its date, as its count of weeks has rolled over`);
  else if (date !== undefined) lines.push(DATE_LINES[date]);
  if (selection !== undefined) {
    const { source, switchCount, conditions } = selection;
    const others = Object.entries(conditions).map(([name, condition]) => `${name} ${condition}`);
    lines.push(
      `positions are those of ${source}, after ${counted(switchCount, 'switch', 'switches')}; ${others.join(', ')}`,
    );
  }
  return lines.map((line) => `${id}: ${line}`);
}

const DATE_LINES = {
  refused:
    'its date cannot be right and is refused; if its count of weeks has rolled over, weekRollover: correct mends it',
  unresolved: 'its time is not taken yet: it does not trust it itself',
} as const;
