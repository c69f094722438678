import type { Shaper } from '#gateway/sinks/shape/shaper.ts';
import { downlinkClientId } from './judge-command.ts';

/** The filter of a sink, behind a guard: what came down from its hub never goes up there again. The record itself says that it did, so it holds over restarts. */
export function dropEcho(shaper: Shaper, sinkId: string): Shaper {
  const clientId = downlinkClientId(sinkId);
  return {
    decide: (record, memory) =>
      record.clientId === clientId
        ? { passes: false, reason: 'echo', ruleIndex: NO_RULE }
        : shaper.decide(record, memory),
    openMemory: shaper.openMemory.bind(shaper),
  };
}

const NO_RULE = -1;
