import { afterEach, expect, it, vi } from 'vitest';
import { stderrLogger } from './stderr-logger.ts';

afterEach(() => vi.restoreAllMocks());

it('says a line with all that belongs to it, ranges of what is lost too', () => {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const lost = [{ from: 9, to: 20, reason: 'damaged' }];
  stderrLogger.error({ stream: 'state', lost, error: new Error('it says no') }, 'A part is lost.');
  stderrLogger.warn({}, 'Nothing more.');
  expect(write.mock.calls.map(([text]) => text)).toEqual([
    'warning: A part is lost. (stream state, lost [{"from":9,"to":20,"reason":"damaged"}], error it says no)\n',
    'warning: Nothing more.\n',
  ]);
});
