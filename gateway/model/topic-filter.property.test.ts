import fc from 'fast-check';
import { expect, it } from 'vitest';
import { coversFilter, isTopicFilter, isTopicName, matchesTopic } from './topic-filter.ts';

const level = fc.constantFrom('a', 'b', '', '$SYS');
const topics = fc.array(level, { minLength: 1, maxLength: 5 }).map((levels) => levels.join('/'));
const filters = fc
  .tuple(fc.array(fc.oneof(level, fc.constant('+')), { minLength: 1, maxLength: 5 }), fc.boolean())
  .map(([levels, isOpen]) => [...levels, ...(isOpen ? ['#'] : [])].join('/'));

it('a right that covers a filter matches every topic that the filter matches [B6]', () => {
  fc.assert(
    fc.property(filters, filters, topics, (granted, asked, topic) => {
      const isPromised = coversFilter(granted, asked) && matchesTopic(asked, topic);
      expect(isPromised && !matchesTopic(granted, topic)).toBe(false);
    }),
    { numRuns: 20_000 },
  );
});

it('every name is a filter that matches itself and covers itself', () => {
  fc.assert(
    fc.property(topics, (topic) => {
      fc.pre(isTopicName(topic));
      expect([isTopicFilter(topic), matchesTopic(topic, topic), coversFilter(topic, topic)]).toEqual([
        true,
        true,
        true,
      ]);
    }),
  );
});
