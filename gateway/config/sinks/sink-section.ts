import { z } from 'zod';
import { influxdbSink } from './influxdb-section.ts';
import { mqttSink } from './mqtt-section.ts';
import { webhookSink } from './webhook-section.ts';

/** One entry of `sinks`: a hub or a database that receives what the journal holds. */
export function sinkSection(folder: string) {
  return z.discriminatedUnion('type', [mqttSink(folder), influxdbSink(folder), webhookSink(folder)]);
}
