import { describe, expect, it } from 'vitest';
import { WaystationError } from '#gateway/model/errors.ts';
import { Timeline } from './timeline.ts';

const LOST = new WaystationError('hub.unreachable', 'The link was cut.');
const REFUSED = new WaystationError('hub.refused', 'The login is wrong.');

describe('a person who says «try now»', () => {
  it.each([
    ['waiting', LOST],
    ['paused', REFUSED],
  ])('ends the delay of a sink that is %s', (state, error) => {
    const timeline = new Timeline().online();
    timeline.lose(error);
    expect(timeline.status.state).toBe(state);
    expect(timeline.hear({ kind: 'retryNow' })).toEqual(['connect']);
    expect(timeline.status).toMatchObject({ state: 'connecting', lastError: error.summary });
  });

  it('gives the next failure no shorter delay than it would have had [D5]', () => {
    const timeline = new Timeline().online();
    timeline.lose(LOST);
    timeline.hear({ kind: 'retryNow' });
    timeline.lose(LOST);
    // The second delay: 2000 ms, and half of it by chance.
    expect(timeline.wakeMs).toBe(1000);
  });

  it('lets a lane try its event again, before anything behind it [D1]', () => {
    const timeline = new Timeline().online();
    timeline.read([1, 2]);
    timeline.answer(1, { kind: 'hold', error: REFUSED });
    timeline.answer(2);
    expect(timeline.status.state).toBe('paused');
    expect(timeline.hear({ kind: 'retryNow' })).toContain('send #3: 1 after 0');
    expect(timeline.status.state).toBe('online');
  });

  it('changes nothing of an attempt, of a connection that works, and of a sink that ends', () => {
    const timeline = new Timeline();
    timeline.hear({ kind: 'tick' });
    expect(timeline.hear({ kind: 'retryNow' })).toEqual([]);
    timeline.connected();
    timeline.read([1]);
    expect(timeline.hear({ kind: 'retryNow' })).toEqual([]);
    timeline.hear({ kind: 'stop' });
    expect(timeline.hear({ kind: 'retryNow' })).toEqual([]);
    expect(timeline.wakeMs).toBe(3000);
  });
});
