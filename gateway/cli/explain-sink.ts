import { stat } from 'node:fs/promises';
import type { Config, SinkConfig } from '#gateway/config/config-schema.ts';
import { askGateway } from '#gateway/host/ask-gateway.ts';
import { WaystationError } from '#gateway/model/errors.ts';
import { oneLine } from '#gateway/model/one-line.ts';
import { packetBytesFor } from '#gateway/model/packet-bytes-for.ts';
import type { GatewayStatus } from '#gateway/model/status.ts';
import { systemClock } from '#gateway/runtime/clock.ts';
import { type ComparedSetting, compareGrant } from '#gateway/sinks/mqtt-hub/compare-grant.ts';
import { SESSION_EXPIRY_S } from '#gateway/sinks/mqtt-hub/downlink/command-intake.ts';
import { HUB_KINDS } from '#gateway/sinks/mqtt-hub/hub-profiles.ts';
import { settleHub } from '#gateway/sinks/mqtt-hub/hub-settings.ts';
import { targetTypeOf } from '#gateway/sinks/target-types.ts';
import { formatTable } from './format-table.ts';
import { wrapLine } from './wrap-line.ts';

/** Options of `sinks explain`. */
export interface ExplainOptions {
  readonly config: string;
  readonly json?: true;
}

/** What a sink goes by. */
export interface SinkExplanation {
  readonly id: string;
  readonly type: SinkConfig['type'];
  readonly profile?: string;
  readonly settings: readonly { readonly name: string; readonly value: string; readonly why?: string }[];
  /** Of an MQTT sink whose gateway runs and is connected. */
  readonly hub?: readonly ComparedSetting[];
  /** Of an MQTT sink: why `hub` is absent, or cannot be trusted. */
  readonly hubNote?: string;
  readonly remarks: readonly string[];
  readonly notes: readonly string[];
}

/** Prints what a sink goes by, and what its hub has granted to the gateway that runs. @throws WaystationError `sink.unknown` */
export async function explainSink(id: string, { config: file, json }: ExplainOptions): Promise<void> {
  const { loadConfig } = await import('#gateway/config/load-config.ts');
  const config = await loadConfig(file);
  const sink = config.sinks.find((each) => each.id === id);
  if (sink === undefined) {
    const names = config.sinks.map((each) => each.id).join(', ');
    throw new WaystationError(
      'sink.unknown',
      `Looking for the sink ${JSON.stringify(id)} in ${file}: there is ${names || 'none'}`,
    );
  }
  const explanation =
    sink.type === 'mqtt'
      ? explainHub(config, sink, await askStatus(config.dataDir), await ageSeconds(file))
      : await explainOther(sink);
  process.stdout.write(json === true ? `${JSON.stringify(explanation)}\n` : formatExplanation(explanation));
}

/**
 * Of a hub: what is configured, beside what it granted. Pure.
 *
 * @param status of the gateway that runs, or why there is none
 * @param fileAgeSeconds since the configuration was written
 */
export function explainHub(
  { broker }: Pick<Config, 'broker'>,
  sink: SinkConfig & { readonly type: 'mqtt' },
  status: Pick<GatewayStatus, 'gateway' | 'sinks'> | string,
  fileAgeSeconds: number,
): SinkExplanation {
  const { id, profile } = sink;
  const settings = settleHub(sink);
  const notes = profile === undefined ? [] : HUB_KINDS[profile].notes;
  const own = {
    ...{ id, type: sink.type, settings: settings.explained, remarks: settings.remarks, notes },
    ...(profile === undefined ? {} : { profile }),
  };
  if (typeof status === 'string') return { ...own, hubNote: `${status}; only the configuration is shown` };
  const running = status.sinks.find((each) => each.id === id);
  const isOlder = fileAgeSeconds < status.gateway.uptimeSeconds;
  if (running?.type !== 'mqtt') return { ...own, hubNote: `the gateway that runs has no such hub; ${RESTART}` };
  if (running.granted === undefined) {
    const why = running.lastError === undefined ? '' : `: ${oneLine(running.lastError)}`;
    return { ...own, hubNote: `not connected to the hub, so only the configuration is shown; ${running.state}${why}` };
  }
  const hub = compareGrant(
    {
      settings,
      hasBatches: sink.batch !== 'off',
      maxPacketBytes: packetBytesFor(broker.limits.maxPacketBytes),
      hasStatus: sink.status,
      sessionExpirySeconds: sink.downlink === undefined || sink.protocol !== 5 ? undefined : SESSION_EXPIRY_S,
    },
    running.granted,
  );
  return { ...own, hub, ...(isOlder ? { hubNote: `the configuration is newer than the gateway; ${RESTART}` } : {}) };
}

const RESTART = 'restart it, and it goes by what is configured now';

/** Of a target that grants nothing: what is configured, defaults filled in. */
export async function explainOther(sink: SinkConfig): Promise<SinkExplanation> {
  const { id, type, filter: _, ...keys } = sink;
  const { credentials: __, ...shown } = { credentials: undefined, ...keys };
  const settings = Object.entries(shown).flatMap(([name, value]) => flatten(name, value));
  const { note, ...target } = await targetTypeOf(sink);
  return { id, type, settings, remarks: target.remarksOn(sink), notes: [note] };
}

function flatten(name: string, value: unknown): readonly { readonly name: string; readonly value: string }[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return [{ name, value: value.map(String).join(', ') }];
  if (typeof value !== 'object' || value === null) return [{ name, value: String(value) }];
  return Object.entries(value).flatMap(([key, inner]) => flatten(`${name}.${key}`, inner));
}

function formatExplanation({ settings, hub = [], hubNote, remarks, notes }: SinkExplanation): string {
  const hasWhy = settings.some(({ why }) => why !== undefined);
  const rows = settings.map(({ name, value, why }) => (hasWhy ? [name, value, why ?? ''] : [name, value]));
  const whyAt = hasWhy ? columnOf(settings) : 2;
  const table = formatTable(hasWhy ? ['setting', 'value', 'why'] : ['setting', 'value'], rows);
  const granted = hub.map(({ name, configured, granted, inEffect, by }) => [
    ...[name, String(configured ?? '-'), String(granted ?? '-'), String(inEffect), by],
  ]);
  const blocks = [
    table
      .split('\n')
      .map((line) => wrapLine(line, whyAt))
      .join('\n'),
    ...(hub.length === 0
      ? []
      : [formatTable(['granted by the hub', 'configured', 'granted', 'in effect', 'by'], granted)]),
    ...(hubNote === undefined ? [] : [wrapLine(`hub: ${hubNote}`)]),
    [...remarks.map((remark) => wrapLine(`! ${remark}`)), ...notes.map((note) => wrapLine(`- ${note}`))].join('\n'),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

/** Where the third column begins. */
function columnOf(settings: SinkExplanation['settings']): number {
  const nameWidth = Math.max('setting'.length, ...settings.map(({ name }) => name.length));
  return nameWidth + Math.max('value'.length, ...settings.map(({ value }) => value.length)) + 4;
}

/** @returns why there is none where no gateway answers */
async function askStatus(dataDir: string): Promise<GatewayStatus | string> {
  try {
    // The gateway on the socket is of this installation, and its type checker has seen that it answers so.
    return (await askGateway(dataDir, 'status')) as GatewayStatus;
  } catch (error) {
    if (!(error instanceof WaystationError)) throw error;
    return error.code === 'gateway.notRunning' ? 'no gateway runs' : oneLine(error.message);
  }
}

async function ageSeconds(file: string): Promise<number> {
  return (systemClock.wallMs() - (await stat(file)).mtimeMs) / 1000;
}
