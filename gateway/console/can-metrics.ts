import type { CanReductionStatus } from '#gateway/model/status.ts';
import type { Metric, MetricsView } from './metric.ts';

/** What became of the frames of CAN buses. */
export const CAN_METRICS: readonly Metric[] = [
  perBus('waystation_can_frames_total', 'Frames of a CAN bus that came whole.', (can) => can.frameCount),
  perBus('waystation_can_unknown_frames_total', 'Frames whose identifiers no DBC file knows.', (can) => {
    return can.unknownFrameCount;
  }),
  perBus('waystation_can_unchanged_frames_total', 'Frames with the same bytes as the one before.', (can) => {
    return can.unchangedCount;
  }),
  perBus('waystation_can_left_out_frames_total', 'Frames of messages that the rules of report drop.', (can) => {
    return can.leftOutCount;
  }),
  perBus('waystation_can_events_total', 'Events made of the frames.', (can) => can.eventCount),
  perBus('waystation_can_captures_total', 'Captures of raw frames written, where configured.', (can) => {
    return can.capture?.fileCount;
  }),
];

/** A counter of a CAN bus; nothing of other sources. */
function perBus(name: string, help: string, read: (can: CanReductionStatus) => number | undefined): Metric {
  const points = ({ status }: MetricsView) =>
    status.sources.flatMap(({ id, can }) => {
      const value = can === undefined ? undefined : read(can);
      return value === undefined ? [] : [{ labels: { source: id }, value }];
    });
  return { name, type: 'counter', help, labels: ['source'], points };
}
