import { formatBytes, formatTable } from '#gateway/cli/format-table.ts';
import { counted } from '#gateway/model/counted.ts';
import { type FilterReport, type LeftOut, OTHER_TOPICS, type TopicReport } from './filter-tally.ts';
import type { RuleRemark } from './rule-census.ts';

/** Rows that people look through; `--json` has them all. */
const MAX_ROWS = 50;

/** What `sinks test-filter` prints for people. */
export function formatReport(report: FilterReport): string {
  const { topics, seen } = report;
  if (seen.count === 0) return 'no records there\n';
  const rows = topics.slice(0, MAX_ROWS).map(rowOf);
  const head = ['topic', 'seen', 'forwarded', 'left out by', 'payload', 'with envelope'];
  const rest = topics.length > MAX_ROWS ? [`… and ${topics.length - MAX_ROWS} topics more: --json has them all`] : [];
  return `${[formatTable(head, rows), ...rest, '', ...totals(report)].join('\n')}\n`;
}

function rowOf({ topic, forwardedTopic, seen, forwarded, leftOut }: TopicReport): readonly (string | number)[] {
  const name = topic === OTHER_TOPICS ? '(others)' : topic;
  return [
    printable(forwardedTopic === undefined ? name : `${name} → ${forwardedTopic}`),
    seen.count,
    forwarded.count,
    leftOut.map(formatLeftOut).join(', '),
    formatBytes(forwarded.payloadBytes),
    formatBytes(forwarded.envelopeBytes),
  ];
}

/** As a configuration error names it. */
function formatLeftOut({ ruleIndex, reason, count }: LeftOut): string {
  return `filter[${ruleIndex}] ${reason} ${count}`;
}

function* totals(report: FilterReport): Generator<string> {
  const { seen, forwarded, leftOut, remarks, wireBytes, wireBasis, day, lostCount, forgottenCount } = report;
  const percent = ((forwarded.count / seen.count) * 100).toFixed(1);
  yield `forwarded  ${forwarded.count} of ${seen.count} records (${percent} %)`;
  for (const each of leftOut) yield `left out   ${formatLeftOut(each)}`;
  for (const each of remarks) yield `look at    ${printable(formatRemark(each))}`;
  const shares = [forwarded.payloadBytes, forwarded.envelopeBytes, wireBytes].map(formatBytes);
  yield `bytes      payload ${shares[0]} of ${formatBytes(seen.payloadBytes)}, with envelope ${shares[1]}, on the wire ${shares[2]}`;
  if (forwarded.count > 0)
    yield `           ${(wireBytes / forwarded.count).toFixed(1)} B an event on the wire: ${wireBasis}`;
  if (day !== undefined) {
    const [payload, envelope, wire] = [day.payloadBytes, day.envelopeBytes, day.wireBytes].map(formatBytes);
    yield `a day      ${day.count} events, payload ${payload}, with envelope ${envelope}, on the wire ${wire}, at this rate`;
  }
  if (lostCount > 0) yield `lost       ${lostCount} records are gone; the remote would be told`;
  if (forgottenCount > 0) {
    yield `forgotten  ${forgottenCount} times a topic, for want of room: rules remember more topics than they can, and forward more than they need to; narrow their topics`;
  }
}

/** Each is a rule by its number, and what is strange about it. */
function formatRemark(remark: RuleRemark): string {
  const rule = `filter[${remark.ruleIndex}]`;
  switch (remark.kind) {
    case 'unmatched':
      return `${rule} matched none of these events; its topics: ${remark.topics.join(', ')}`;
    case 'unasked':
      return `${rule} matched ${counted(remark.matchedCount, 'event')}, and other rules had left all of them out`;
    case 'missingField': {
      const { key, field, askedCount } = remark;
      const what = key === 'deadband' ? 'a number in none' : 'in none';
      return `${rule}.${key} field ${field} is ${what} of ${counted(askedCount, 'event')}; ${consequenceOf(remark)}`;
    }
  }
}

function consequenceOf({ key, heldCount, askedCount }: Extract<RuleRemark, { kind: 'missingField' }>): string {
  if (key === 'deadband') return 'it left none of them out';
  if (key === 'onChange') return 'it never tells them apart';
  if (heldCount === 0) return 'the condition was false for all';
  return heldCount === askedCount ? 'the condition was true for all' : `the condition was true for ${heldCount}`;
}

/** Topics are what clients made them, and a copy of a journal may hold anything: nothing that a terminal would obey. */
function printable(topic: string): string {
  return topic.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
}
