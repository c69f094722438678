import { afterEach, beforeEach, expect, it } from 'vitest';
import { CountingHub } from '#tests/support/counting-hub.ts';
import { CountingPublisher } from '#tests/support/counting-publisher.ts';
import { FlakyLink } from '#tests/support/flaky-link.ts';
import { findFreePort } from '#tests/support/free-ports.ts';
import { PUBLISHER, startReadyGateway, testConfig, untilStatus, writeConfig } from '#tests/support/gateway-process.ts';
import { openScratchFolder } from '#tests/support/scratch-folder.ts';
import { until } from '#tests/support/until.ts';

let cleanup: AsyncDisposableStack;

beforeEach(() => {
  cleanup = new AsyncDisposableStack();
});

afterEach(async () => {
  await cleanup.disposeAsync();
});

it.each(['cut', 'stall', 'reset'] as const)(
  'takes events across a fault of the link (%s), and delivers all of them after [D1 D2 D4]',
  async (fault) => {
    const folder = cleanup.use(await openScratchFolder());
    const hub = cleanup.use(await CountingHub.open());
    const link = cleanup.use(await FlakyLink.open(hub.port));
    const brokerPort = await findFreePort();
    const configFile = await writeConfig(folder.path, testConfig({ brokerPort, hubPort: link.port }));
    cleanup.use(await startReadyGateway(configFile, brokerPort));
    const publisher = cleanup.use(
      new CountingPublisher({
        port: brokerPort,
        ...PUBLISHER,
        clientId: 'steady',
        topics: ['sensors/steady'],
        windowSize: 5,
      }),
    );
    publisher.start();
    await until('events flow', 10_000, () => hub.distinctCount > 50);

    link[fault]();
    const atFault = publisher.acknowledgedCount;
    await until('intake goes on', 10_000, () => publisher.acknowledgedCount > atFault + 200);
    if (fault !== 'reset') {
      await untilStatus('the sink has given the link up', configFile, 20_000, ({ sinks }) =>
        sinks.every((sink) => sink.state !== 'online' && sink.lastError !== undefined),
      );
    }
    await publisher.finish(5_000);
    link.restore();
    await until('everything is at the hub', 30_000, () => hub.distinctCount >= publisher.madeCount);
    expect({ contradictions: hub.contradictions, distinctCount: hub.distinctCount }).toEqual({
      contradictions: [],
      distinctCount: publisher.madeCount,
    });
  },
);
