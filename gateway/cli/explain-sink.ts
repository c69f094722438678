import type { Config, SinkConfig } from '#gateway/config/config-schema.ts';
import { WaystationError } from '#gateway/model/errors.ts';
import { isLoopback } from '#gateway/model/loopback.ts';
import { HUB_KINDS } from '#gateway/sinks/mqtt-hub/hub-profiles.ts';
import { settleHub } from '#gateway/sinks/mqtt-hub/hub-settings.ts';
import { formatTable } from './format-table.ts';

/** Options of `sinks explain`. */
export interface ExplainOptions {
  readonly config: string;
  readonly json?: true;
}

/** Prints what a hub sink goes by. @throws WaystationError `sink.unknown` */
export async function explainSink(id: string, { config: file, json }: ExplainOptions): Promise<void> {
  const { loadConfig } = await import('#gateway/config/load-config.ts');
  const { sinks } = await loadConfig(file);
  const hubs = sinks.filter(isHub);
  const sink = hubs.find((each) => each.id === id);
  if (sink === undefined) {
    const names = hubs.map((each) => each.id).join(', ');
    throw new WaystationError(
      'sink.unknown',
      `Looking for the MQTT sink ${JSON.stringify(id)} in ${file}: there is ${names || 'none'}`,
    );
  }
  const { explained, remarks } = settleHub(sink);
  const notes = sink.profile === undefined ? [] : HUB_KINDS[sink.profile].notes;
  if (json === true) {
    process.stdout.write(`${JSON.stringify({ id, profile: sink.profile, settings: explained, remarks, notes })}\n`);
    return;
  }
  const rows = explained.map(({ name, value, why }) => [name, value, why]);
  const lines = [...remarks.map((remark) => `! ${remark}`), ...notes.map((note) => `- ${note}`)];
  process.stdout.write(`${[formatTable(['setting', 'value', 'why'], rows), ...lines].join('\n')}\n`);
}

/** What hubs will not take as it is configured, and web hooks that anybody may answer for, as sentences. */
export function remarksOnSinks({ sinks }: Config): readonly string[] {
  return sinks.flatMap((sink) => remarksOn(sink).map((remark) => `sink ${sink.id}: ${remark}`));
}

function remarksOn(sink: SinkConfig): readonly string[] {
  if (isHub(sink)) return settleHub(sink).remarks;
  return sink.type === 'webhook' && isOpenToAll(sink.url) ? [OPEN_TO_ALL] : [];
}

const OPEN_TO_ALL =
  'the events go over the network in the clear, and what stands in the way can answer for the receiver; use https://';

function isOpenToAll(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && !isLoopback(hostname.replace(/^\[(.*)\]$/, '$1'));
}

function isHub(sink: SinkConfig): sink is SinkConfig & { readonly type: 'mqtt' } {
  return sink.type === 'mqtt';
}
