import type { DbcDecoder } from '#devices/can/dbc/compile-dbc.ts';
import type { SendEvent } from '#gateway/sources/device-source.ts';
import type { SourceContext } from '#gateway/sources/source.ts';
import { type CanDevice, type CanPipeline, openCanPipeline } from './can-pipeline.ts';

/** The pipeline of a source's bus, whatever its frames come through. It outlives the openings of the port. */
export function openSourcePipeline(
  device: CanDevice,
  databases: readonly DbcDecoder[],
  { clock, timekeeper, capture }: Pick<SourceContext, 'clock' | 'timekeeper' | 'capture'>,
  send: SendEvent,
): CanPipeline {
  return openCanPipeline({ device, databases, clock, capture, send, stamp: () => timekeeper.stamp() });
}
