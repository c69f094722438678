import { describe, expect, it } from 'vitest';
import { InvariantError, WaystationError } from '#gateway/model/errors.ts';
import type { Done } from '#gateway/model/message.ts';
import { PublishOrder } from './publish-order.ts';

/** Enters messages named by letters; answers and outcomes stay at hand. */
function bench() {
  const order = new PublishOrder();
  const answers = new Map<string, Done>();
  const finished: string[] = [];
  const enter = (client: string, name: string) =>
    order.enter(
      client,
      (answer) => void answers.set(name, answer),
      (error) => finished.push(error === undefined ? name : `${name}: ${error.code}`),
    );
  return { order, answers, finished, enter };
}

describe('PublishOrder', () => {
  it('asks at once and finishes behind the older ones of the same client only [B2]', () => {
    const { answers, finished, enter } = bench();
    enter('x', 'x1');
    enter('x', 'x2');
    enter('y', 'y1');
    expect([...answers.keys()]).toEqual(['x1', 'x2', 'y1']);
    answers.get('x2')?.();
    answers.get('y1')?.();
    expect(finished).toEqual(['y1']);
    answers.get('x1')?.();
    expect(finished).toEqual(['y1', 'x1', 'x2']);
  });

  it('passes on a refusal in its turn', () => {
    const { answers, finished, enter } = bench();
    enter('x', 'x1');
    enter('x', 'x2');
    answers.get('x2')?.(new WaystationError('journal.full', 'quota reached'));
    answers.get('x1')?.();
    expect(finished).toEqual(['x1', 'x2: journal.full']);
  });

  it('finishes a message entered from within a finish behind the one that finishes', () => {
    const { order, answers, finished, enter } = bench();
    enter('x', 'x1');
    order.enter(
      'x',
      (answer) => answer(),
      () => {
        finished.push('x2');
        order.enter(
          'x',
          (answer) => answer(),
          () => finished.push('x3'),
        );
      },
    );
    answers.get('x1')?.();
    expect(finished).toEqual(['x1', 'x2', 'x3']);
  });

  it('is idle when nothing waits, and not before', async () => {
    const { order, answers, enter } = bench();
    await order.idle();
    enter('x', 'x1');
    let isIdle = false;
    const idle = order.idle().then(() => {
      isIdle = true;
    });
    await Promise.resolve();
    expect(isIdle).toBe(false);
    answers.get('x1')?.();
    await idle;
  });

  it('treats a second answer as a bug of ours', () => {
    const { answers, enter } = bench();
    enter('x', 'x1');
    answers.get('x1')?.();
    expect(() => answers.get('x1')?.()).toThrow(InvariantError);
  });
});
