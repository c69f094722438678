import { z } from 'zod';
import { topicFilterField } from '#gateway/config/fields.ts';
import { checkRule } from '#gateway/sinks/shape/check-rule.ts';
import {
  MAX_FILTER_RULES,
  MAX_RULE_FIELDS,
  MAX_RULE_INTERVAL_MS,
  MAX_RULE_TOPICS,
} from '#gateway/sinks/shape/filter-rule.ts';

/** `filter` of a sink: what of the journal it forwards, and in what shape. */
export function filterSection() {
  return z
    .array(ruleSection())
    .max(MAX_FILTER_RULES, `has at most ${MAX_FILTER_RULES} rules`)
    .default([])
    .describe(
      'What is forwarded, and in what shape. Every rule whose `topics` match applies, in order; what one leaves out stays in the journal. See docs/delivery.md.',
    );
}

/** Numbers beyond have no neighbours a unit apart. */
const MAX_DEADBAND = 1e18;
const MAX_PERCENT = 1000;

function ruleSection() {
  return z
    .strictObject({
      topics: z
        .array(topicFilterField())
        .min(1)
        .max(MAX_RULE_TOPICS, `has at most ${MAX_RULE_TOPICS} topic filters`)
        .describe('Topic filters of the local topic.'),
      drop: z
        .literal(true)
        .optional()
        .describe('Matching events stay in the journal and are not forwarded. Stands alone.'),
      when: z
        .string()
        .optional()
        .describe('Forward only what this condition holds for: `data.speedKmh > 5 and data.fix in ["2d", "3d"]`.'),
      minIntervalMs: intervalField().describe('Forward events of one topic at least so far apart, by their own time.'),
      deadband: deadbandField()
        .optional()
        .describe(
          'Leave out what is within so much of the value forwarded last. A number alone is for payloads that are a number.',
        ),
      onChange: z
        .union([z.literal(true), fieldList()], 'expected true, or a list of fields such as [data.fix]')
        .optional()
        .describe(
          'Leave out what is as it was when forwarded last: the `data` of an event, any other payload as a whole; or these fields.',
        ),
      maxIntervalMs: intervalField().describe(
        'Forward an event nevertheless, though deadband and onChange would leave it out, when the last one was so long before.',
      ),
      fields: fieldList().optional().describe('Keep these fields of events of the catalogue, and their envelope.'),
      withoutFields: fieldList().optional().describe('Leave these fields out of events of the catalogue.'),
      topic: z
        .string()
        .optional()
        .describe(
          `Local topic to forward under: \`\${1}\` is what the first wildcard of topics matched, \`\${2}\` the second.`,
        ),
    })
    .superRefine((rule, context) => {
      // A rule whose only key is misspelt does nothing, but that is not what is wrong with it.
      const hasIssues = context.issues.length > 0;
      for (const { path, message } of checkRule(rule)) {
        if (path.length > 0 || !hasIssues) context.addIssue({ code: 'custom', path: [...path], message });
      }
    });
}

function intervalField() {
  return z.int().min(1).max(MAX_RULE_INTERVAL_MS).optional();
}

function fieldList() {
  return z.array(z.string()).min(1).max(MAX_RULE_FIELDS);
}

function deadbandField() {
  const absolute = z.number().min(0).max(MAX_DEADBAND);
  const ofField = z.strictObject({
    field: z.string().describe('The field that is watched, as in `when`.'),
    absolute: absolute.optional().describe('In the unit of the field.'),
    percent: z
      .number()
      .min(0)
      .max(MAX_PERCENT)
      .optional()
      .describe('Of the value forwarded last; with absolute the larger holds.'),
  });
  return z.union(
    [absolute, ofField],
    'expected a number, or { field: data.speedKmh, absolute: 2 } or with percent: 10',
  );
}
