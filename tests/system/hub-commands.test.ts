import { connectAsync, type IPublishPacket } from 'mqtt';
import { expect, it } from 'vitest';
import { runToEnd } from '#tests/support/child.ts';
import { findFreePort } from '#tests/support/free-ports.ts';
import { hubSink, PUBLISHER, startReadyGateway, testConfig, writeConfig } from '#tests/support/gateway-process.ts';
import { isOnPath } from '#tests/support/is-on-path.ts';
import { HAS_MOSQUITTO, Mosquitto, NEEDS_MOSQUITTO } from '#tests/support/mosquitto.ts';
import { openScratchFolder } from '#tests/support/scratch-folder.ts';
import { until } from '#tests/support/until.ts';

const HUB_LOGIN = { username: 'test-truck', password: 'hub password for tests' };
const TREE = 'fleet/test-truck';

it.skipIf(!(HAS_MOSQUITTO && isOnPath('mosquitto_pub')))(
  `a command of mosquitto_pub reaches a local client over a kill, its answer the cloud, and itself never${NEEDS_MOSQUITTO}`,
  async () => {
    await using folder = await openScratchFolder();
    await using mosquitto = await Mosquitto.start(folder.path, HUB_LOGIN);
    const brokerPort = await findFreePort();
    const config = testConfig({ brokerPort });
    const rights = { publish: ['#'], subscribe: ['#'] };
    const clients = [{ username: PUBLISHER.username, passwordFile: 'secrets/publisher', ...rights }];
    const sink = {
      ...hubSink(mosquitto.port),
      ...{ protocol: 5, envelope: 'properties', status: true, downlink: { allow: ['commands/pump/+'] } },
    };
    const listeners = [{ type: 'mqtt', host: '127.0.0.1', port: brokerPort }];
    const configFile = await writeConfig(folder.path, { ...config, broker: { listeners, clients }, sinks: [sink] });

    const arrived: { readonly topic: string; readonly text: string; readonly packet: IPublishPacket }[] = [];
    const cloud = await connectAsync(mosquitto.url, { ...HUB_LOGIN, protocolVersion: 5 });
    cloud.on('message', (topic, payload, packet) => arrived.push({ topic, text: String(payload), packet }));
    await cloud.subscribeAsync([`${TREE}/+`, `${TREE}/commands/#`, `${TREE}/replies/#`], { qos: 1 });
    const states = () => arrived.filter(({ topic }) => topic === `${TREE}/status`).map(({ text }) => JSON.parse(text));
    const answers = () => arrived.filter(({ topic }) => topic.startsWith(`${TREE}/replies/`));
    const send = async (topic: string, correlation: string) => {
      const login = ['-p', String(mosquitto.port), '-u', HUB_LOGIN.username, '-P', HUB_LOGIN.password, '-V', '5'];
      const message = ['-q', '1', '-t', `${TREE}/down/${topic}`, '-m', JSON.stringify({ correlation })];
      const command = [...login, ...message, '-D', 'publish', 'correlation-data', correlation];
      expect(await runToEnd('mosquitto_pub', command)).toMatchObject({ code: 0 });
    };

    const heard: string[] = [];
    const started = await startReadyGateway(configFile, brokerPort);
    const pump = await connectAsync({
      ...{ port: brokerPort, host: '127.0.0.1', ...PUBLISHER },
      ...{ clientId: 'pump', clean: false, reconnectPeriod: 50 },
    });
    pump.on('message', (topic, payload) => {
      heard.push(topic);
      pump.publish('replies/pump', payload, { qos: 1 });
    });
    await pump.subscribeAsync(['commands/#', 'devices/#'], { qos: 1 });
    await until('the cloud knows', 10_000, () => states().at(-1)?.state === 'online');
    await send('devices/gps0/position', 'forged');
    await send('commands/pump/start', 'a1');
    await until('the answer is in the cloud', 10_000, () => answers().length === 1);
    expect(answers()[0]?.packet.properties?.correlationData?.toString()).toBe('a1');
    expect(heard).toEqual(['commands/pump/start']);

    await started.kill();
    await until('the will is there', 10_000, () => states().at(-1)?.state === 'offline');
    expect(states().at(-1)).toMatchObject({ reason: 'lost' });
    await send('commands/pump/stop', 'a2');
    await using again = await startReadyGateway(configFile, brokerPort);
    // A kill may repeat what came before it, at either end.
    const correlations = () => answers().map(({ packet }) => String(packet.properties?.correlationData));
    await until('the second answer is in the cloud', 20_000, () => correlations().includes('a2'));
    expect(new Set(correlations())).toEqual(new Set(['a1', 'a2']));
    expect(new Set(heard)).toEqual(new Set(['commands/pump/start', 'commands/pump/stop']));
    again.signal('SIGTERM');
    await until('the farewell is there', 10_000, () => states().at(-1)?.reason === 'stopping');
    expect(arrived.filter(({ topic }) => topic.startsWith(`${TREE}/commands/`))).toEqual([]);
    await Promise.all([pump.endAsync(true), cloud.endAsync(true)]);
  },
  120_000,
);
