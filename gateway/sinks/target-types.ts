import type { FileSinkOptions, fileType } from './file/file-type.ts';
import type { InfluxdbSinkOptions, influxdbType } from './influxdb/influxdb-type.ts';
import type { MqttSinkOptions } from './mqtt-hub/mqtt-sink-options.ts';
import type { mqttType } from './mqtt-hub/mqtt-type.ts';
import type { TargetType } from './target-type.ts';
import type { WebhookSinkOptions, webhookType } from './webhook/webhook-type.ts';

/** One sink, as plain values. */
export type SinkOptions = MqttSinkOptions | InfluxdbSinkOptions | WebhookSinkOptions | FileSinkOptions;

type KeysOf<T> = T extends TargetType<infer _, infer Keys> ? Keys : never;
/** What a configuration says of a sink, before its secrets are read. */
type SinkKeys = KeysOf<typeof mqttType | typeof influxdbType | typeof webhookType | typeof fileType>;

/** All there are, by the `type` of a sink; each is loaded where it is asked for. */
const TARGET_TYPES: Readonly<Record<SinkOptions['type'], () => Promise<TargetType<SinkOptions, SinkKeys>>>> = {
  mqtt: async () => (await import('./mqtt-hub/mqtt-type.ts')).mqttType,
  influxdb: async () => (await import('./influxdb/influxdb-type.ts')).influxdbType,
  webhook: async () => (await import('./webhook/webhook-type.ts')).webhookType,
  file: async () => (await import('./file/file-type.ts')).fileType,
};

/** The type of a sink. */
export function targetTypeOf({ type }: Pick<SinkOptions, 'type'>): Promise<TargetType<SinkOptions, SinkKeys>> {
  return TARGET_TYPES[type]();
}
