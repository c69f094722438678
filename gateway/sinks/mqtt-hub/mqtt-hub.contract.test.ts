import { systemClock } from '#gateway/runtime/clock.ts';
import { CountingHub } from '#gateway/sinks/testing/counting-hub.ts';
import { CLOSED_PORT, describeTarget } from '#gateway/sinks/testing/target-contract.ts';
import { MqttHub } from './mqtt-hub.ts';

describeTarget('an MQTT hub', async () => {
  const hub = await CountingHub.open();
  const open = (port: number) =>
    new MqttHub({
      url: `mqtt://127.0.0.1:${port}`,
      clientId: 'uid-hub',
      format: { prefix: 'fleet', gatewayId: 'truck-7', gatewayUid: 'uid', protocol: '3.1.1', envelope: 'structured' },
      clock: systemClock,
      connectTimeoutMs: 1000,
      maxPacketBytes: 65_536,
    });
  return {
    open: () => open(hub.port),
    openUnreachable: () => open(CLOSED_PORT),
    setRefusing: (isRefusing) => {
      hub.password = isRefusing ? 'another' : undefined;
    },
    [Symbol.asyncDispose]: () => hub[Symbol.asyncDispose](),
  };
});
