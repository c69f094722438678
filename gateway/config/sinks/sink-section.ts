import { z } from 'zod';
import { fileSink } from './file-section.ts';
import { influxdbSink } from './influxdb-section.ts';
import { mqttSink } from './mqtt-section.ts';
import { webhookSink } from './webhook-section.ts';

/** One entry of `sinks`: a hub, a database or a drive that receives what the journal holds. */
export function sinkSection(folder: string) {
  return z.discriminatedUnion('type', [mqttSink(folder), influxdbSink(folder), webhookSink(folder), fileSink(folder)]);
}
