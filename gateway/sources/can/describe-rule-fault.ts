import type { RuleFault } from '#devices/can/reduction/find-rule-faults.ts';
import { nearestName } from '#gateway/model/nearest-name.ts';

/** What is wrong with a rule of `report`, as a sentence that follows its key. */
export function describeRuleFault(fault: RuleFault): string {
  if (fault.reason === 'no-effect')
    return `has no effect: it is an enumeration or a single bit, and each change of it is published (drop: true leaves it out)`;
  const what = fault.reason === 'unknown-message' ? 'message of the DBC files' : 'signal of the message';
  if (fault.known.length === 0) return `names no ${what}: there is none`;
  const nearest = nearestName(fault.key, fault.known);
  return `names no ${what}${nearest === undefined ? '' : `; did you mean ${nearest}?`}`;
}
