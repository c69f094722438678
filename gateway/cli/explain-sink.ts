import type { Config, SinkConfig } from '#gateway/config/config-schema.ts';
import { WaystationError } from '#gateway/model/errors.ts';
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

/** What hubs will not take as it is configured, as sentences. */
export function remarksOnSinks({ sinks }: Config): readonly string[] {
  return sinks.filter(isHub).flatMap((sink) => settleHub(sink).remarks.map((remark) => `sink ${sink.id}: ${remark}`));
}

function isHub(sink: SinkConfig): sink is SinkConfig & { readonly type: 'mqtt' } {
  return sink.type === 'mqtt';
}
