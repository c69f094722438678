import { expect, it } from 'vitest';
import { WaystationError } from '#gateway/model/errors.ts';
import { MemoryLogger } from '#gateway/runtime/memory-logger.ts';
import type { DeliveryState } from './delivery-state.ts';
import { logTransition } from './log-transition.ts';
import type { Packet } from './target.ts';

it.each([
  ['hub.renewed', 'info'],
  ['hub.unreachable', 'warn'],
] as const)('says of a connection that ended by %s as %s', (code, level) => {
  const logger = new MemoryLogger();
  // Nothing else of a state is looked at.
  const state = (kind: string) =>
    ({
      phase: { kind, untilMs: 5 },
      lanes: [],
      lastError: new WaystationError(code, 'why'),
    }) as unknown as DeliveryState<Packet>;
  logTransition(logger, state('online'), state('waiting'), 0);
  expect(logger.lines.map((line) => line.level)).toEqual([level]);
});
