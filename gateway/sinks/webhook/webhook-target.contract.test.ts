import { Secret } from '#gateway/model/secret.ts';
import { systemClock } from '#gateway/runtime/clock.ts';
import { InfluxServer } from '#gateway/sinks/testing/influx-server.ts';
import { CLOSED_PORT, describeTarget } from '#gateway/sinks/testing/target-contract.ts';
import { WebhookTarget } from './webhook-target.ts';

describeTarget('a web hook', async () => {
  const server = await InfluxServer.open();
  const open = (url: string) =>
    new WebhookTarget({
      ...{ url, gatewayUid: 'uid', secret: new Secret('s3cret'), requestTimeoutMs: 1000, clock: systemClock },
      batch: { maxEvents: 100, maxBytes: 2 ** 20 },
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
