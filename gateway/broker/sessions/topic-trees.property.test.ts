import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '#gateway/model/broker-limits.ts';
import type { QoS } from '#gateway/model/message.ts';
import { matchesTopic } from '#gateway/model/topic-filter.ts';
import { RetainedMessages } from './retained-messages.ts';
import { SubscriptionTree } from './subscription-tree.ts';

const level = fc.constantFrom('a', 'b', '', '$SYS');
const topic = fc.array(level, { minLength: 1, maxLength: 4 }).map((levels) => levels.join('/'));
const filter = fc
  .tuple(fc.array(fc.oneof(level, fc.constant('+')), { maxLength: 4 }), fc.boolean())
  .map(([levels, isOpen]) => (isOpen || levels.length === 0 ? [...levels, '#'] : levels).join('/'));
const qos = fc.constantFrom<QoS>(0, 1, 2);

it('finds every session whose filter matches, once, with its highest QoS, whatever was remembered [MQTT-3.3.5-1]', () => {
  const change = fc.record({ filter, session: fc.constantFrom('x', 'y', 'z'), qos, isRemoved: fc.boolean(), topic });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
      const tree = new SubscriptionTree<string>();
      const model = new Map<string, { readonly filter: string; readonly session: string; readonly qos: QoS }>();
      for (const { isRemoved, topic: asked, ...subscription } of changes) {
        const key = `${subscription.session} ${subscription.filter}`;
        if (isRemoved) {
          tree.remove(subscription.filter, subscription.session);
          model.delete(key);
        } else {
          tree.add(subscription.filter, subscription.session, subscription.qos);
          model.set(key, subscription);
        }
        const expected: Record<string, number> = {};
        for (const each of model.values()) {
          if (matchesTopic(each.filter, asked))
            expected[each.session] = Math.max(expected[each.session] ?? 0, each.qos);
        }
        const found = tree.match(asked);
        expect(Object.fromEntries(found.map((each) => [each.session, each.qos]))).toEqual(expected);
        expect(found).toHaveLength(Object.keys(expected).length);
      }
    }),
    { numRuns: 300 },
  );
});

it('gives the last retained message of each topic that a filter matches, and counts what it keeps', () => {
  const change = fc.record({ topic, text: fc.constantFrom('', 'one', 'other'), filter });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
      const retained = new RetainedMessages({ ...DEFAULT_LIMITS, maxRetainedMessages: 5 });
      const model = new Map<string, string>();
      for (const { topic: name, text, filter: asked } of changes) {
        const message = {
          topic: name,
          payload: Buffer.from(text),
          qos: 1,
          isRetained: true,
          isDuplicate: false,
        } as const;
        model.delete(name);
        if (text === '') retained.delete(name);
        else {
          const isKept = retained.set({ ...message, clientId: 'tyre' }, undefined);
          expect(isKept).toBe(model.size < 5);
          if (isKept) model.set(name, text);
        }
        const found = [...retained.matching(asked)].map((each) => [
          each.message.topic,
          each.message.payload.toString(),
        ]);
        const expected = [...model].filter(([each]) => matchesTopic(asked, each));
        expect(found.sort()).toEqual(expected.sort());
        expect(retained.count).toBe(model.size);
      }
      for (const name of model.keys()) retained.delete(name);
      expect([retained.count, retained.sizeBytes]).toEqual([0, 0]);
    }),
    { numRuns: 300 },
  );
});
