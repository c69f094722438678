import type { SinkStatus } from '#gateway/model/sink-status.ts';

/** What a sink has not dealt with yet, over all lanes. */
export function backlogOf(sink: SinkStatus): number {
  return sink.lanes.reduce((sum, lane) => sum + lane.backlogCount, 0);
}

/** What a sink has dealt with, whether the peer took it or the filter dropped it. */
export function dealtWithCount(sink: SinkStatus): number {
  return sink.acknowledgedCount + sink.filteredCount;
}
