import { openInBatches } from '#gateway/sinks/open-in-batches.ts';
import type { CommonOptions } from '#gateway/sinks/sink-options.ts';
import type { TargetType } from '#gateway/sinks/target-type.ts';
import type { InfluxdbKeys } from './influxdb-keys.ts';
import type { PointKeys } from './point-meter.ts';

/** An InfluxDB. */
export interface InfluxdbSinkOptions extends CommonOptions, InfluxdbKeys {
  readonly type: 'influxdb';
}

/** Databases of InfluxDB. */
export const influxdbType: TargetType<InfluxdbSinkOptions, PointKeys> = {
  timeoutCode: 'influxdb.timeout',
  note: 'InfluxDB grants nothing: what is configured is in effect. What it refuses, `waystation status` tells.',
  remarksOn: () => [],
  async open(options, common) {
    const { influxdbTarget } = await import('./influxdb-keys.ts');
    const { MAX_REQUESTS_PER_SEND } = await import('./influxdb-connection.ts');
    const target = influxdbTarget(options.id, options.gatewayId, options);
    // Each request has that deadline itself; a batch may take several.
    return openInBatches(target, common, options.batch, MAX_REQUESTS_PER_SEND * options.window.ackTimeoutMs);
  },
  async openMeter(sink, { gatewayId }) {
    const { PointMeter } = await import('./point-meter.ts');
    return new PointMeter(sink, gatewayId);
  },
};
