import { hubSink } from '#tests/support/gateway-process.ts';
import type { FarEnd } from './far-end.ts';
import { OtherDrive } from './other-drive.ts';
import { openHook, openInfluxdb } from './other-servers.ts';
import type { OtherSink } from './other-sink.ts';
import type { HubPlan, OtherPlan } from './plan-others.ts';
import type { SinkPlan } from './plan-run.ts';
import { RealInfluxdb } from './real-influxdb.ts';

/** What the far ends of other sinks are made beside. */
export interface OtherPlace {
  /** Of the configuration. */
  readonly folder: string;
  readonly farEnd: FarEnd;
  /** The port of the link that leads to it, and its id. */
  readonly port: number;
  readonly link: string;
  readonly sink: SinkPlan;
}

/** Opens what a sink of a plan leads to. */
export async function openOther(plan: OtherPlan, place: OtherPlace): Promise<OtherSink> {
  switch (plan.type) {
    case 'mqtt':
      return openBranch(plan, place);
    case 'file':
      return await OtherDrive.open(plan, place.folder);
    case 'webhook':
      return await openHook(plan, place.folder);
    case 'influxdb':
      return await openInfluxdb(plan);
    case 'influxd':
      return await RealInfluxdb.open(plan, place);
  }
}

/** At the same hub and over the same link, so that what befalls those befalls it too. */
function openBranch(
  { id, envelope, order, batch }: HubPlan & { readonly id: string },
  { farEnd, port, link, sink }: OtherPlace,
): OtherSink {
  const { protocol, window } = sink;
  const usual = { ...hubSink(port), id, prefix: id, link, protocol, window };
  return {
    config: { ...usual, envelope, order, ...(batch && { batch }) },
    disturb: () => Promise.resolve(),
    cutPower: () => Promise.resolve(),
    calm: () => Promise.resolve(),
    arrivals: () => farEnd.arrivals({ prefix: id, isBare: envelope === 'none' }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
