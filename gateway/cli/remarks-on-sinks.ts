import type { Config, SinkConfig } from '#gateway/config/config-schema.ts';
import { isLoopback } from '#gateway/model/loopback.ts';
import { settleHub } from '#gateway/sinks/mqtt-hub/hub-settings.ts';

/** What hubs will not take as it is configured, and web hooks that anybody may answer for, as sentences. */
export function remarksOnSinks({ sinks }: Config): readonly string[] {
  return sinks.flatMap((sink) => remarksOn(sink).map((remark) => `sink ${sink.id}: ${remark}`));
}

/** Those of one sink. */
export function remarksOn(sink: SinkConfig): readonly string[] {
  if (sink.type === 'mqtt') return settleHub(sink).remarks;
  return sink.type === 'webhook' && isOpenToAll(sink.url) ? [OPEN_TO_ALL] : [];
}

const OPEN_TO_ALL =
  'the events go over the network in the clear, and what stands in the way can answer for the receiver; use https://';

function isOpenToAll(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && !isLoopback(hostname.replace(/^\[(.*)\]$/, '$1'));
}
