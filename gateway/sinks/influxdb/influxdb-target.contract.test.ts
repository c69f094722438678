import { describe } from 'vitest';
import { InfluxServer } from '#gateway/sinks/testing/influx-server.ts';
import { CLOSED_PORT, describeTarget } from '#gateway/sinks/testing/target-contract.ts';
import { InfluxdbTarget } from './influxdb-target.ts';

describe.each(['package', 'native'] as const)('with the writer %s', (writer) => {
  describeTarget('an InfluxDB', async () => {
    const server = await InfluxServer.open();
    const open = (url: string) =>
      new InfluxdbTarget({
        endpoint: { version: 1, url, database: 'telemetry', requestTimeoutMs: 1000 },
        writer,
        format: { gatewayId: 'truck-7', integers: new Map() },
        batch: { maxEvents: 5000, maxBytes: 2 ** 20 },
      });
    return {
      open: () => open(server.url),
      openUnreachable: () => open(`http://127.0.0.1:${CLOSED_PORT}`),
      setRefusing: (isRefusing) => {
        server.answer = () => ({ status: isRefusing ? 401 : 204 });
      },
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  });
});
