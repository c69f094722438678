import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import { expect, it } from 'vitest';
import type { ObdLedgerLine } from '#firmware-sim/elm327/elm327-device.ts';
import { buildDemoVehicle } from '#firmware-sim/vehicle/vehicle.ts';
import { Child } from '#tests/support/child.ts';
import { findFreePort } from '#tests/support/free-ports.ts';
import { PUBLISHER, startReadyGateway, testConfig, writeConfig } from '#tests/support/gateway-process.ts';
import { openScratchFolder } from '#tests/support/scratch-folder.ts';
import { until } from '#tests/support/until.ts';

/** On a quiet machine all is over in a quarter of one. */
const PATIENCE_MS = 60_000;

/** Names of devices and of the simulator's ports. */
const DEVICES = { car: 'obd0', truck: 'obd1', copy: 'obd2' } as const;
type Port = keyof typeof DEVICES;

const SCENARIO = {
  obd: [
    { name: 'car' },
    { name: 'truck', personality: 'stn', protocol: '9', ecuCount: 3, vin: 'WDB9634031A123456' },
    { name: 'copy', personality: 'clone', protocol: '8' },
  ],
  steps: [],
};

type Data = Readonly<Record<string, unknown>>;

/** Gateway, simulator and a subscriber, and all that was said. */
class Bench implements AsyncDisposable {
  readonly #parts = new AsyncDisposableStack();
  readonly #events = new Map<string, Data[]>();
  #ledgerFile = '';
  #sim: Child | undefined;

  async open(): Promise<void> {
    const folder = this.#parts.use(await openScratchFolder());
    const scenarioFile = join(folder.path, 'scenario.json');
    this.#ledgerFile = join(folder.path, 'ledger.ndjson');
    await writeFile(scenarioFile, JSON.stringify(SCENARIO));
    const args = ['sim', scenarioFile, '--dir', folder.path, '--ledger', this.#ledgerFile, '--json', '--steps'];
    this.#sim = this.#parts.use(new Child(process.execPath, ['firmware-sim/main.ts', ...args]));
    await this.#sim.waitForLine(/"ready"/, PATIENCE_MS);
    const ports = this.#sim.messages[0]?.['ports'] as Readonly<Record<string, string>>;
    const devices = Object.entries(DEVICES).map(([port, id]) => ({
      ...{ id, type: 'elm327', path: ports[port], intervalMs: 200, slowIntervalMs: 200 },
      pids: ['rpm', 'speed', 'coolantTemperature', 'fuelLevel'],
      ...(port === 'copy' ? {} : { baud: 38_400 }),
    }));
    const brokerPort = await findFreePort();
    const config = testConfig({ brokerPort, devices });
    const [listener] = (config['broker'] as { readonly listeners: readonly object[] }).listeners;
    const client = {
      username: PUBLISHER.username,
      passwordFile: 'secrets/publisher',
      subscribe: ['devices/#', 'status/devices/#'],
    };
    const broker = { listeners: [listener], clients: [client] };
    this.#parts.use(await startReadyGateway(await writeConfig(folder.path, { ...config, broker }), brokerPort));
    const subscriber = await connectAsync(`mqtt://127.0.0.1:${brokerPort}`, PUBLISHER);
    this.#parts.defer(() => subscriber.endAsync(true));
    subscriber.on('message', (topic, payload) => {
      this.#events.set(topic, [...(this.#events.get(topic) ?? []), JSON.parse(payload.toString()).data]);
    });
    await subscriber.subscribeAsync(['devices/#', 'status/devices/#'], { qos: 1 });
  }

  /** Data of all events so far. */
  events(port: Port, name: string): readonly Data[] {
    const topic = name === 'status' ? `status/devices/${DEVICES[port]}` : `devices/${DEVICES[port]}/${name}`;
    return this.#events.get(topic) ?? [];
  }

  /** Something happens in the simulation. */
  async step(port: Port, step: string, more: object = {}): Promise<void> {
    const isSaid = ({ event, port: name, step: what }: Data) => event === 'step' && name === port && what === step;
    const count = () => this.#sim?.messages.filter(isSaid).length ?? 0;
    const before = count();
    this.#sim?.send(JSON.stringify({ do: step, port, ...more }));
    await until(`the simulator does ${step} at ${port}`, PATIENCE_MS, () => count() > before);
  }

  /** @returns the first such event beyond those */
  async untilEvent(port: Port, name: string, beyond: number, matching: Data = {}): Promise<Data> {
    const isMeant = (data: Data) => Object.entries(matching).every(([key, value]) => data[key] === value);
    const what = () => `${port} says ${name} ${JSON.stringify(matching)}`;
    return await until(what(), PATIENCE_MS, () => this.events(port, name).slice(beyond).find(isMeant));
  }

  /** @returns once parameters come that were asked for after now */
  async untilValues(port: Port): Promise<void> {
    const { length } = this.events(port, 'pids');
    await until(`values of ${port}`, PATIENCE_MS, () => this.events(port, 'pids').length > length + 1);
  }

  async untilState(port: Port, state: string): Promise<void> {
    const stateOf = (status: Data | undefined) => (status?.['obd'] as Data | undefined)?.['state'];
    await until(`${port} is ${state}`, PATIENCE_MS, () => stateOf(this.events(port, 'status').at(-1)) === state);
  }

  /** Requests that reached the vehicle. */
  requests(port: Port): readonly ObdLedgerLine[] {
    const lines = readFileSync(this.#ledgerFile, 'utf8').split('\n').slice(0, -1);
    return lines.map((line): ObdLedgerLine => JSON.parse(line)).filter(({ obd }) => obd === port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.disposeAsync();
  }
}

/** Each event is what the vehicle did when it was asked, one after the other. */
function expectModel(requests: readonly ObdLedgerLine[], events: readonly Data[]): void {
  const vehicle = buildDemoVehicle();
  const rounds = requests.filter(({ request }) => request === '010C0D052F').map(({ atMs }) => vehicle(atMs));
  let index = 0;
  for (const { coolantTemperatureC, engineSpeedRpm, fuelLevelPercent, speedKmh } of events) {
    if (engineSpeedRpm === undefined) continue;
    const isNear = (value: unknown, truth: number, tolerance: number) => Math.abs(Number(value) - truth) <= tolerance;
    const found = rounds.findIndex(
      (state, at) =>
        at >= index &&
        isNear(engineSpeedRpm, state.engineSpeedRpm, 0.5) &&
        isNear(speedKmh, state.speedMps * 3.6, 0.51) &&
        isNear(coolantTemperatureC, state.coolantC, 0.51) &&
        isNear(fuelLevelPercent, state.fuelPercent, 0.3),
    );
    expect({ engineSpeedRpm, speedKmh, found }).toMatchObject({ found: expect.toSatisfy((at: number) => at >= index) });
    index = found + 1;
  }
}

/** The ignition goes off: nobody asks the vehicle any more. It goes on: values come again. */
async function turnKey(bench: Bench): Promise<void> {
  await bench.untilValues('car');
  expectModel(bench.requests('car'), bench.events('car', 'pids'));
  await bench.step('car', 'ignitionOff');
  await bench.untilState('car', 'resting');
  const asked = bench.requests('car');
  const voltageOf = (status: Data | undefined) => (status?.['obd'] as Data | undefined)?.['voltageV'];
  expect(voltageOf(bench.events('car', 'status').at(-1))).toBeLessThan(13);
  await bench.step('car', 'ignitionOn');
  await bench.untilState('car', 'polling');
  await bench.untilValues('car');
  const whileOff = bench.requests('car').filter(({ isIgnitionOn }) => !isIgnitionOn);
  expect(whileOff).toEqual(asked.filter(({ isIgnitionOn }) => !isIgnitionOn));
  // Three rounds without an answer, and the codes if they were just due.
  expect(whileOff.length).toBeLessThan(10);
}

/** A trouble, an unplug, a reset: its code is raised once, and cleared once. */
async function getOver(bench: Bench, port: Port): Promise<void> {
  await bench.untilValues(port);
  await bench.step(port, 'storeDtc', { code: 'P0301' });
  await bench.step(port, 'unplug');
  await bench.untilEvent(port, 'status', 0, { state: 'lost' });
  await bench.step(port, 'replug');
  await bench.untilEvent(port, 'dtc', 0, { state: 'raised', code: 'P0301' });
  await bench.untilValues(port);
  await bench.step(port, 'clearDtcs');
  await bench.step(port, 'garbage');
  await bench.step(port, 'lowVoltage');
  await bench.untilEvent(port, 'dtc', 0, { state: 'cleared', code: 'P0301' });
  await bench.untilValues(port);
  expect(bench.events(port, 'dtc').map(({ state, code, onset }) => [state, code, onset])).toEqual([
    ['raised', 'P0301', 'seen'],
    ['cleared', 'P0301', 'seen'],
  ]);
}

it('asks vehicles through adapters that come and go', { timeout: 4 * PATIENCE_MS }, async () => {
  await using bench = new Bench();
  await bench.open();
  await Promise.all([turnKey(bench), getOver(bench, 'truck'), getOver(bench, 'copy')]);
  expect(bench.events('car', 'vehicle')).toHaveLength(2);
  expect(bench.events('car', 'vehicle')[0]).toMatchObject({
    ...{ vin: 'WSTGATEW0Y0000042', adapter: 'ELM327 V1.5', ecus: ['7E8', '7E9'] },
    ...{ protocol: 'ISO 15765-4 (CAN), 11 bit, 500 kbit/s', missingPids: [] },
  });
  expect(bench.events('truck', 'vehicle').at(-1)).toMatchObject({
    ...{ vin: 'WDB9634031A123456', adapter: 'STN1110 V4.2.0', ecus: ['10', '18', '28'] },
    protocol: 'ISO 15765-4 (CAN), 29 bit, 250 kbit/s',
  });
  expect(bench.events('copy', 'vehicle').at(-1)).toMatchObject({ vin: 'WSTGATEW0Y0000042', adapter: 'ELM327 V2.1' });
  for (const port of ['car', 'truck', 'copy'] as const) {
    const requests = new Set(bench.requests(port).map(({ request }) => request));
    // Nothing that clears or writes.
    expect(
      [...requests].filter((request) => !/^(01([0-9A-F]{2}){1,6}|03|07|0A|09(00|02|04|0A))$/.test(request)),
    ).toEqual([]);
  }
});
