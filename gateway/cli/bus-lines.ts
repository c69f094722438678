import { counted } from '#gateway/model/counted.ts';
import type { CanAdapterStatus, SourceStatus } from '#gateway/model/status.ts';

/** What is worth a line of its own of a CAN bus and of what hears it. */
export function busLines({ id, can }: SourceStatus): string[] {
  if (can === undefined) return [];
  const { busState, adapter, controller } = can;
  const lines: string[] = [];
  if (adapter !== undefined) lines.push(describeAdapter(adapter));
  if (adapter?.advice !== undefined) lines.push(adapter.advice);
  if (busState !== 'unknown' && busState !== 'active') lines.push(STATE_LINES[busState]);
  if (controller !== undefined && controller.errorFrameCount > 0) {
    const { errorFrameCount, busErrorCount, busOffCount, overflowCount } = controller;
    const kinds = `${busErrorCount} of the bus, ${busOffCount} bus-off, ${overflowCount} overflows`;
    lines.push(`${counted(errorFrameCount, 'error frame')}: ${kinds}`);
  }
  if (controller !== undefined && controller.droppedCount > 0)
    lines.push(`${counted(controller.droppedCount, 'frame')} dropped by the kernel, as they were not read in time`);
  return lines.map((line) => `${id}: ${line}`);
}

function describeAdapter(adapter: CanAdapterStatus): string {
  const { profile, isCertain, version, listenOnly, lineLoadPercent, busReopenCount } = adapter;
  const kind = profile === 'unknown' ? 'adapter of an unknown kind' : `adapter of the kind of ${KINDS[profile]}`;
  const parts = [
    isCertain || profile === 'unknown' ? kind : `${kind}, as it was the last time`,
    ...(version === undefined ? [] : [`version ${version}`]),
    listenOnly ? 'listens only' : 'takes part in the bus',
    ...(lineLoadPercent === undefined ? [] : [`line ${lineLoadPercent} % full`]),
    ...(busReopenCount === 0 ? [] : [`bus opened anew ${counted(busReopenCount, 'time')}`]),
  ];
  const { receiveQueueFullCount, dataOverrunCount, busErrorCount } = adapter;
  if (receiveQueueFullCount + dataOverrunCount > 0)
    parts.push(`lost frames: queue full ${receiveQueueFullCount}, overrun ${dataOverrunCount}`);
  if (busErrorCount > 0) parts.push(counted(busErrorCount, 'bus error'));
  return parts.join(', ');
}

const KINDS = { lawicel: 'Lawicel', canable: 'CANable' } as const;

const STATE_LINES = {
  warning: 'the bus has errors: check its termination and bit rate',
  passive: 'the bus has many errors (error passive): check its bit rate, termination and wires',
  busOff: 'off the bus: too many errors; check its bit rate, termination and wires',
} as const;
