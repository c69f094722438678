import { expect, it } from 'vitest';
import { WaystationError } from '#gateway/model/errors.ts';
import { openLogger } from './logger.ts';
import { MemoryLogger } from './memory-logger.ts';

it('writes one JSON line with level, time, fields, the error with its remedy, and the text', () => {
  const lines: string[] = [];
  const logger = openLogger('info', { write: (line) => lines.push(line) });
  const cause = new Error('ENOSPC');
  logger.child({ sink: 'hub' }).warn({ error: new WaystationError('journal.full', 'append', { cause }) }, 'refused');
  logger.debug({}, 'too quiet to be heard');
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 'warn',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    sink: 'hub',
    error: { message: 'append', code: 'journal.full', cause: { message: 'ENOSPC' } },
    msg: 'refused',
  });
  expect(lines[0]).toContain('"remedy":"Free disk space');
});

it('lets no field say again what the logger says itself', () => {
  const lines: string[] = [];
  const logger = openLogger('info', { write: (line) => lines.push(line) });
  logger.child({ time: 'child' }).info({ time: 'own', level: 'own', msg: 'own' }, 'text');
  expect(lines[0]?.match(/"(?:time|level|msg)":/g)?.toSorted()).toEqual(['"level":', '"msg":', '"time":']);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'info', msg: 'text', 'field.level': 'own' });
});

it('the memory logger keeps the same fields', () => {
  const logger = new MemoryLogger();
  logger.child({ sink: 'hub' }).info({ attempt: 1 }, 'connecting');
  expect(logger.lines).toEqual([{ level: 'info', fields: { sink: 'hub', attempt: 1 }, text: 'connecting' }]);
});
