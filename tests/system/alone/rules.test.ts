import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { connect } from 'mqtt';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { askGateway } from '#gateway/host/ask-gateway.ts';
import type { GatewayStatus, RulesStatus } from '#gateway/model/status.ts';
import { CHECKOUT } from '#tests/support/checkout.ts';
import type { Child } from '#tests/support/child.ts';
import { isAlive } from '#tests/support/child-pids.ts';
import { CountingHub } from '#tests/support/counting-hub.ts';
import { findFreePorts } from '#tests/support/free-ports.ts';
import { PUBLISHER, startReadyGateway, testConfig, writeConfig } from '#tests/support/gateway-process.ts';
import { type FlowNode, RulesEditor } from '#tests/support/rules-editor.ts';
import { openScratchFolder } from '#tests/support/scratch-folder.ts';
import { SteadyLoad } from '#tests/support/steady-load.ts';
import { until } from '#tests/support/until.ts';

const SHIPPED = join(CHECKOUT, 'flows/overspeed');
const BACK_LIMIT_MS = 15_000;

let cleanup: AsyncDisposableStack;

beforeEach(() => {
  cleanup = new AsyncDisposableStack();
});

afterEach(async () => {
  await cleanup.disposeAsync();
});

/** A gateway with rules and a hub, and one login that may publish as devices and sensors do. */
async function prepare() {
  const folder = cleanup.use(await openScratchFolder());
  const hub = cleanup.use(await CountingHub.open());
  const [brokerPort = 0, rulesPort = 0] = await findFreePorts(2);
  const login = {
    username: PUBLISHER.username,
    passwordFile: 'secrets/publisher',
    publish: ['devices/#', 'sensors/#'],
    subscribe: ['sensors/#'],
  };
  const config = {
    ...testConfig({ brokerPort, hubPort: hub.port }),
    broker: { listeners: [{ type: 'mqtt', host: '127.0.0.1', port: brokerPort }], clients: [login] },
    rules: { enabled: true, port: rulesPort, maxHeapMiB: 128 },
  };
  const configFile = await writeConfig(folder.path, config);
  const dataDir = join(folder.path, 'data');
  const start = async () => cleanup.use(await startReadyGateway(configFile, brokerPort));
  const untilRules = (what: string, limitMs: number, condition: (rules: RulesStatus) => boolean) =>
    until(what, limitMs, async () => {
      // The socket answers with this type by its contract, once it is there: the last thing that a gateway opens.
      const status = (await askGateway(dataDir, 'status').catch(() => undefined)) as GatewayStatus | undefined;
      return status?.rules !== undefined && condition(status.rules) ? status.rules : undefined;
    });
  return { hub, brokerPort, rulesPort, dataDir, start, untilRules };
}

type Prepared = Awaited<ReturnType<typeof prepare>>;

const isRunning = ({ state }: RulesStatus) => state === 'running';

async function startWithRules(prepared: Prepared): Promise<Child> {
  const gateway = await prepared.start();
  await prepared.untilRules('the rules run', 20_000, isRunning);
  return gateway;
}

function alertsAt(hub: CountingHub, name: string): readonly unknown[] {
  return hub.distinct
    .filter(({ topic }) => topic === `fleet/test-truck/alerts/${name}`)
    .map(({ payload }) => JSON.parse(Buffer.from(payload).toString('utf8')));
}

async function readLines(file: string): Promise<readonly string[]> {
  return (await readFile(join(SHIPPED, file), 'utf8')).trimEnd().split('\n');
}

it('gives the recorded alerts for the recorded drive at the hub, and opens the editor for its password alone', async () => {
  const prepared = await prepare();
  const { hub, brokerPort, rulesPort, dataDir } = prepared;
  // A flow of the operator's own: the shipped one with another limit. It must be what runs.
  const shipped = await readFile(join(SHIPPED, 'flow.json'), 'utf8');
  const own = shipped.replace('"limitKmh": 80', '"limitKmh": 40');
  await mkdir(join(dataDir, 'rules/node-red'), { recursive: true });
  await writeFile(join(dataDir, 'rules/node-red/flows.json'), own);
  const gateway = await startWithRules(prepared);

  await gateway.waitForLine(/Connected to broker/);
  const receiver = await openClient(brokerPort);
  for (const line of await readLines('recording.ndjson')) {
    await receiver.publishAsync('devices/gps0/position', line, { qos: 1 });
  }
  const expected = (await readLines('expected.ndjson')).map((line): unknown => JSON.parse(line));
  await until('the alerts are at the hub', 15_000, () => alertsAt(hub, 'overspeed').length >= expected.length);
  expect(alertsAt(hub, 'overspeed')).toEqual(expected);

  const editor = await RulesEditor.open(rulesPort, dataDir);
  expect(await editor.flows()).toEqual(JSON.parse(own));
  for (const authorization of [undefined, 'Bearer guessed', 'Basic YWRtaW46YWRtaW4=']) {
    expect(await editor.statusFor('GET', authorization)).toBe(401);
    expect(await editor.statusFor('POST', authorization)).toBe(401);
  }
  for (const path of ['/', '/flows', '/auth/login', '/nothing']) {
    const { headers } = await fetch(`http://127.0.0.1:${rulesPort}${path}`);
    const said = ['x-frame-options', 'x-content-type-options', 'referrer-policy'].map((name) => headers.get(name));
    expect(said, path).toEqual(['DENY', 'nosniff', 'no-referrer']);
  }
  const password = (await readFile(join(dataDir, 'rules/admin-password'), 'utf8')).trim();
  expect(await editor.loginStatus('admin', password)).toBe(200);
  expect(await editor.loginStatus('admin', 'guessed')).toBe(403);
  expect(await editor.loginStatus('somebody', password)).toBe(403);
  for (const wrong of [{ a: 1 }, ['a'], 7]) expect((await editor.login('admin', wrong)).status).toBe(403);
  expect((await editor.login({ name: 'admin' }, password)).status).toBe(403);

  // Node-RED locks a name out after five failures in ten minutes, with the right password too; the token opens all the same.
  await editor.loginStatus('admin', 'guessed again');
  const locked = await editor.login('admin', password);
  expect([locked.status, await locked.text()]).toEqual([500, expect.stringContaining('Too many login attempts')]);
  expect(await editor.flows()).toEqual(JSON.parse(own));
});

async function openClient(port: number) {
  const client = connect({ host: '127.0.0.1', port, ...PUBLISHER });
  cleanup.defer(() => client.endAsync(true));
  await until('the client is connected', 5_000, () => client.connected);
  return client;
}

/** The shipped flow beside one that runs `code` for every message on the topic. */
function withFunction(flows: readonly FlowNode[], code: string, topic = 'sensors/load'): readonly FlowNode[] {
  const kept = flows.filter(({ z, id }) => z !== 'bad-tab' && id !== 'bad-tab');
  return [
    ...kept,
    { id: 'bad-tab', type: 'tab', label: 'Bad' },
    {
      id: 'bad-in',
      type: 'mqtt in',
      z: 'bad-tab',
      topic,
      qos: '1',
      datatype: 'auto-detect',
      broker: 'waystation-broker',
      wires: [['bad-function']],
    },
    { id: 'bad-function', type: 'function', z: 'bad-tab', func: code, outputs: 1, wires: [['bad-out']] },
    { id: 'bad-out', type: 'mqtt out', z: 'bad-tab', topic: '', qos: '1', broker: 'waystation-broker', wires: [] },
  ];
}

const CRASHING = [
  ['an endless loop', 'while (true) {}'],
  ['a rejected promise that nobody awaits', 'Promise.reject(new Error("nobody awaits me"));'],
  ['an exit', 'constructor.constructor("return process")().exit(7);'],
  ['a heap that grows for ever', 'const kept = []; while (true) kept.push(new Array(1000).fill(kept.length));'],
] as const;

it('loses nothing to five bad functions: Node-RED is back or in safe mode within 15 s [P2]', async () => {
  const prepared = await prepare();
  const { hub, brokerPort, rulesPort, dataDir, untilRules } = prepared;
  await startWithRules(prepared);
  const editor = await RulesEditor.open(rulesPort, dataDir);
  const good = await editor.flows();
  const load = cleanup.use(new SteadyLoad({ port: brokerPort, ...PUBLISHER, topic: 'sensors/load', perSecond: 1000 }));
  await load.start();
  await until('events flow', 10_000, () => load.heardCount > 3000);
  const quietCount = load.heardCount;
  const told: string[] = [];
  for (const [what, code] of CRASHING) {
    const { restartCount } = await untilRules('the rules answer', 5_000, () => true);
    const startMs = performance.now();
    const startCount = load.heardCount;
    await editor.deploy(withFunction(good, code));
    const isBack = ({ state, restartCount: now }: RulesStatus) =>
      now > restartCount && (state === 'running' || state === 'held');
    await untilRules(`Node-RED is back after ${what}`, BACK_LIMIT_MS, isBack);
    const backMs = performance.now() - startMs;
    const { lastError } = await untilRules(`it is safe after ${what}`, 20_000, ({ state }) => state === 'held');
    told.push(
      `${what}: back after ${seconds(backMs)}, safe after ${seconds(performance.now() - startMs)}, p99 ${load.latencyMs(0.99, startCount).toFixed(0)} ms`,
    );
    expect(lastError).toContain('rules.held');
  }
  const { restartCount } = await untilRules('the rules answer', 5_000, () => true);
  await editor.deploy(withFunction(good, 'setTimeout(() => { throw new Error("late"); }, 1);'));
  await untilRules('a throw in a timer stops nothing', 5_000, isRunning);
  const heardCount = load.heardCount;
  await until('events flow on', 5_000, () => load.heardCount > heardCount + 1000);
  expect(await untilRules('the rules answer', 5_000, () => true)).toMatchObject({ state: 'running', restartCount });

  await load.finish(10_000);
  await until('everything is at the hub', 30_000, () => hub.distinctCount >= load.sentCount);
  console.log(
    `rules: ${load.sentCount} messages, none lost; broker p99 ${load.latencyMs(0.99, quietCount).toFixed(1)} ms, ` +
      `before the first ${load.latencyMs(0.99, 0, quietCount).toFixed(1)} ms; ${told.join('; ')}`,
  );
  expect({ heard: load.heardCount, atHub: hub.distinctCount }).toEqual({
    heard: load.sentCount,
    atHub: load.sentCount,
  });
});

function seconds(durationMs: number): string {
  return `${(durationMs / 1000).toFixed(1)} s`;
}

it('names what is in its way, a taken port with its key, goes on without rules, and starts them when the port is free', async () => {
  const prepared = await prepare();
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen({ port: prepared.rulesPort, host: '127.0.0.1' }, resolve));
  // Nor is there a folder yet that can be written.
  await mkdir(prepared.dataDir);
  await writeFile(join(prepared.dataDir, 'rules'), 'in the way');
  const gateway = await prepared.start();
  const untilBlocked = (code: string) =>
    prepared.untilRules(`they are blocked by ${code}`, 10_000, ({ lastError }) => lastError?.startsWith(code) ?? false);
  await untilBlocked('rules.folderFailed');
  await rm(join(prepared.dataDir, 'rules'));
  const { lastError } = await untilBlocked('rules.portInUse');
  expect(lastError).toContain(`cannot listen on 127.0.0.1:${prepared.rulesPort} (rules.port)`);
  await new Promise((resolve) => taken.close(resolve));
  const { restartCount, pid = 0 } = await prepared.untilRules('the rules run', 20_000, isRunning);
  expect(restartCount).toBe(0);

  await gateway.kill();
  await until('Node-RED has ended with the gateway', 5_000, async () => !(await isAlive(pid)));
});

it('starts a killed Node-RED again with the flows that were deployed, and takes it along when the gateway is killed', async () => {
  const prepared = await prepare();
  const gateway = await startWithRules(prepared);
  const editor = await RulesEditor.open(prepared.rulesPort, prepared.dataDir);
  const deployed = withFunction(await editor.flows(), 'node.warn("going round"); while (true) {}');
  await editor.deploy(deployed);
  const { pid = 0 } = await prepared.untilRules('it runs', 5_000, isRunning);
  process.kill(pid, 'SIGKILL');
  const again = await prepared.untilRules('it runs again', 15_000, ({ state, restartCount }) => {
    return state === 'running' && restartCount === 1;
  });
  expect((await editor.flows()).map(({ id }) => id)).toEqual(deployed.map(({ id }) => id));

  // Not even a loop without end outlives the gateway.
  await gateway.waitForLine(/Connected to broker/);
  const sensor = await openClient(prepared.brokerPort);
  await until('it goes round', 10_000, async () => {
    await sensor.publishAsync('sensors/load', 'go', { qos: 1 });
    return gateway.output.includes('going round');
  });
  await gateway.kill();
  await until('Node-RED has ended', 10_000, async () => !(await isAlive(again.pid ?? 0)));
});

/** What code can still do that has found its way out of the function node. */
const ESCAPED = `
const process = constructor.constructor('return process')();
const found = (action) => { try { action(); return 'done'; } catch (error) { return error.code; } };
const { execSync } = process.getBuiltinModule('child_process');
const { readFileSync, writeFileSync } = process.getBuiltinModule('fs');
const { folder } = msg.payload;
const payload = {
  run: found(() => execSync('true')),
  readPassword: found(() => readFileSync(folder + '/admin-password')),
  readSystem: found(() => readFileSync('/etc/passwd')),
  write: found(() => writeFileSync(folder + '/escaped', '')),
  secrets: Object.keys(process.env).filter((name) => /SECRET|TOKEN/.test(name)),
};
return { topic: 'alerts/escaped', payload };
`;

it('gives code that escapes from a function node no commands, no files and no secrets', async () => {
  const prepared = await prepare();
  await startWithRules(prepared);
  const editor = await RulesEditor.open(prepared.rulesPort, prepared.dataDir);
  await editor.deploy(withFunction(await editor.flows(), ESCAPED));
  const sensor = await openClient(prepared.brokerPort);
  const folder = join(prepared.dataDir, 'rules');
  const found = await until('the function has tried', 10_000, async () => {
    await sensor.publishAsync('sensors/load', JSON.stringify({ folder }), { qos: 1 });
    return alertsAt(prepared.hub, 'escaped')[0];
  });
  expect(found).toEqual({
    run: 'ERR_ACCESS_DENIED',
    readPassword: 'ERR_ACCESS_DENIED',
    readSystem: 'ERR_ACCESS_DENIED',
    write: 'ERR_ACCESS_DENIED',
    secrets: [],
  });
});

it('keeps rules on the broker that publish where they may not, and says so until that is corrected [B6]', async () => {
  const prepared = await prepare();
  const gateway = await startWithRules(prepared);
  await gateway.waitForLine(/Connected to broker/);
  const editor = await RulesEditor.open(prepared.rulesPort, prepared.dataDir);
  const shipped = await editor.flows();
  const forging =
    'return [[{ topic: "devices/gps0/position", payload: "forged" }, { topic: "alerts/mine", payload: 1 }]];';
  await editor.deploy(withFunction(shipped, forging));
  const sensor = await openClient(prepared.brokerPort);
  await until('alerts come behind refused publishes', 15_000, async () => {
    await sensor.publishAsync('sensors/load', 'go', { qos: 1 });
    return alertsAt(prepared.hub, 'mine').length >= 3;
  });
  const { lastError, ...rules } = await prepared.untilRules(
    'it is told',
    5_000,
    (found) => found.refusedPublishCount > 2,
  );
  expect(rules).toMatchObject({ state: 'running', isConnected: true, restartCount: 0 });
  expect(lastError).toContain('rules.publishRefused: the broker refused a publish on "devices/gps0/position"');
  expect(gateway.output).toContain('broker.notAuthorized');

  await editor.deploy(shipped);
  await prepared.untilRules('a deploy without it clears it', 5_000, (found) => found.lastError === undefined);
});

/** The most that the gateway may take in memory while a flow floods it. */
const MAX_FLOODED_MIB = 400;

it('stops a flow that feeds itself within 20 s, bounded in journal and memory, and loses nothing of others [P2, P3]', async () => {
  const prepared = await prepare();
  const { hub, brokerPort, rulesPort, dataDir, untilRules } = prepared;
  const gateway = await startWithRules(prepared);
  await gateway.waitForLine(/Connected to broker/);
  const editor = await RulesEditor.open(rulesPort, dataDir);
  const shipped = await editor.flows();
  const load = cleanup.use(new SteadyLoad({ port: brokerPort, ...PUBLISHER, topic: 'sensors/load', perSecond: 200 }));
  await load.start();
  await until('events flow', 5_000, () => load.heardCount > 400);
  const quietCount = load.heardCount;

  const loop = 'const again = { topic: "events/loop", payload: "x".repeat(200) }; return [[again, { ...again }]];';
  const seed = {
    id: 'bad-inject',
    type: 'inject',
    z: 'bad-tab',
    once: true,
    onceDelay: 0.1,
    wires: [['bad-function']],
  };
  const startMs = performance.now();
  await editor.deploy([...withFunction(shipped, loop, 'events/loop'), seed]);
  await untilRules('it is stopped', 20_000, ({ state }) => state !== 'running');
  const durationS = (performance.now() - startMs) / 1000;
  const { lastError } = await untilRules('it is held', 30_000, ({ state }) => state === 'held');
  expect(lastError).toContain('rules.flooding');
  expect(lastError).toContain('the last on "events/loop"');
  const floodedCount = load.heardCount;

  await editor.deploy(shipped);
  await untilRules('they run again', 5_000, isRunning);
  await load.finish(10_000);
  await until('everything of the others is at the hub', 30_000, () => arrivedAt(hub, 'sensors/load') >= load.sentCount);
  const loopedCount = arrivedAt(hub, 'events/loop');
  const peakMiB = await peakMemoryMiB(gateway.pid);
  console.log(
    `flood: stopped after ${durationS.toFixed(1)} s, ${loopedCount} events journaled, gateway at most ${peakMiB.toFixed(0)} MiB; ` +
      `broker p99 ${load.latencyMs(0.99, quietCount, floodedCount).toFixed(1)} ms, before ${load.latencyMs(0.99, 0, quietCount).toFixed(1)} ms`,
  );
  expect(loopedCount).toBeLessThanOrEqual(100 * durationS + 200);
  expect(peakMiB).toBeLessThan(MAX_FLOODED_MIB);
  expect({ heard: load.heardCount, atHub: arrivedAt(hub, 'sensors/load') }).toEqual({
    heard: load.sentCount,
    atHub: load.sentCount,
  });
});

function arrivedAt(hub: CountingHub, topic: string): number {
  return hub.distinct.filter((event) => event.topic === `fleet/test-truck/${topic}`).length;
}

async function peakMemoryMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmHWM:\s*(\d+)/.exec(status)?.[1]) / 1024;
}

it('says so when the flows cannot be read, leaves the file alone, and starts them once they can be', async () => {
  const prepared = await prepare();
  const userDir = join(prepared.dataDir, 'rules/node-red');
  const file = join(userDir, 'flows.json');
  await mkdir(userDir, { recursive: true });
  await writeFile(file, '[null]');
  await prepared.start();
  const { state, pid, lastError } = await prepared.untilRules('the file is named', 20_000, (rules) => {
    return rules.lastError !== undefined;
  });
  expect({ state, pid }).toEqual({ state: 'waiting', pid: undefined });
  expect(lastError).toMatch(/^rules.unreadableFlows: .*node-red\/flows.json is not a list of nodes: entry 0/);
  expect(await readFile(file, 'utf8')).toBe('[null]');
  await rm(file);
  const { lastError: left } = await prepared.untilRules('the shipped flow runs', 40_000, isRunning);
  expect(left).toBeUndefined();
  expect(await readFile(file, 'utf8')).toBe(await readFile(join(SHIPPED, 'flow.json'), 'utf8'));
});
