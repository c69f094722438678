import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Done } from '#gateway/model/message.ts';
import { PublishOrder } from './publish-order.ts';

it('finishes the messages of a client in the order sent, whatever the order of the answers [B2]', () => {
  const sends = fc.array(fc.record({ client: fc.constantFrom('a', 'b', 'c'), isAnsweredAtOnce: fc.boolean() }), {
    maxLength: 40,
  });
  fc.assert(
    fc.property(sends, fc.infiniteStream(fc.nat()), (messages, choices) => {
      const order = new PublishOrder();
      const open: Done[] = [];
      const finished: Record<string, number[]> = { a: [], b: [], c: [] };
      for (const [index, { client, isAnsweredAtOnce }] of messages.entries()) {
        order.enter(
          client,
          (answer) => (isAnsweredAtOnce ? answer() : void open.push(answer)),
          () => finished[client]?.push(index),
        );
      }
      while (open.length > 0) {
        const [answer] = open.splice(Number(choices.next().value) % open.length, 1);
        answer?.();
      }
      for (const client of ['a', 'b', 'c']) {
        const sent = messages.flatMap((message, index) => (message.client === client ? [index] : []));
        expect(finished[client]).toEqual(sent);
      }
    }),
  );
});
