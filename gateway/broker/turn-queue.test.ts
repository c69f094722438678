import { expect, it } from 'vitest';
import { MAX_STEPS_A_TURN, TurnQueue } from './turn-queue.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

it('takes so many steps in a turn of the event loop, and the others in the turns that follow, in order', async () => {
  const queue = new TurnQueue();
  const taken: number[] = [];
  const count = 3 * MAX_STEPS_A_TURN - 1;
  for (let index = 0; index < count; index++) queue.enter(() => taken.push(index));
  const counts = [taken.length];
  for (let turns = 0; turns < 3; turns++) {
    await turn();
    counts.push(taken.length);
  }
  expect(counts).toEqual([MAX_STEPS_A_TURN, 2 * MAX_STEPS_A_TURN, count, count]);
  expect(taken).toEqual(Array.from({ length: count }, (_, index) => index));
});

it('takes a step at once where the turn has room, and never before those that wait', async () => {
  const queue = new TurnQueue();
  const taken: string[] = [];
  queue.enter(() => {
    taken.push('outer');
    queue.enter(() => taken.push('inner'));
  });
  expect(taken).toEqual(['outer', 'inner']);
  await turn();
  for (let index = 0; index < MAX_STEPS_A_TURN; index++) queue.enter(() => undefined);
  queue.enter(() => {
    taken.push('late');
    queue.enter(() => taken.push('last'));
  });
  queue.enter(() => taken.push('later'));
  await turn();
  await turn();
  expect(taken).toEqual(['outer', 'inner', 'late', 'later', 'last']);
});
