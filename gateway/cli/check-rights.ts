import { findRightsFaults } from '#gateway/broker/identity/rights-faults.ts';
import type { ConfigIssue } from '#gateway/config/config-problem.ts';
import type { Config } from '#gateway/config/config-schema.ts';

/** Rights in the configuration that can never work, each with its place. */
export function findRightsIssues({ broker: { clients, anonymous, limits } }: Config): readonly ConfigIssue[] {
  const rules = clients.map((rule, index) => ({
    rule,
    name: rule.username,
    path: ['broker', 'clients', index] as const,
  }));
  const found = rules.flatMap(({ rule, name, path }) =>
    findRightsFaults(rule, name, limits.maxTopicLevels).map((fault) => ({ ...fault, name, path })),
  );
  const ofAnonymous =
    anonymous === false
      ? []
      : findRightsFaults(anonymous, undefined, limits.maxTopicLevels).map((fault) => ({
          ...fault,
          name: 'anonymous',
          path: ['broker', 'anonymous'] as const,
        }));
  return [...found, ...ofAnonymous].map(({ path, right, index, text, name }) => ({
    path: right === undefined || index === undefined ? path : [...path, right, index],
    message: right === undefined ? `${JSON.stringify(name)} ${text}` : text,
  }));
}
