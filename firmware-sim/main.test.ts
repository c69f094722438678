import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openReader } from './serial/testing/open-reader.ts';

interface Event {
  readonly event: string;
  readonly [name: string]: unknown;
}

/** A program of this folder as a process, with what it said. */
class Program {
  readonly events: Event[] = [];
  readonly #child: ChildProcess;
  exitCode: number | null | undefined;

  constructor(args: readonly string[]) {
    const main = fileURLToPath(new URL('main.ts', import.meta.url));
    this.#child = spawn(process.execPath, [main, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child.once('close', (code) => {
      this.exitCode = code;
    });
    const output = this.#child.stdout;
    if (output !== null) createInterface({ input: output }).on('line', (line) => this.events.push(JSON.parse(line)));
  }

  async said(event: string): Promise<Event> {
    const found = () => this.events.findLast((candidate) => candidate.event === event);
    await vi.waitUntil(() => found() !== undefined || this.exitCode !== undefined, { timeout: 10_000 });
    return found() ?? { event: 'nothing' };
  }

  send(command: object): void {
    this.#child.stdin?.write(`${JSON.stringify(command)}\n`);
  }

  endInput(): void {
    this.#child.stdin?.end();
  }

  signal(signal: 'SIGTERM' | 'SIGKILL'): void {
    this.#child.kill(signal);
  }

  async ended(): Promise<number | null | undefined> {
    await vi.waitUntil(() => this.exitCode !== undefined, { timeout: 10_000 });
    return this.exitCode;
  }
}

let dir: string;
let programs: Program[];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sim-'));
  writeFileSync(join(dir, 'password'), 'secret\n');
  programs = [];
});

afterEach(async () => {
  for (const program of programs) program.signal('SIGKILL');
  await Promise.all(programs.map((program) => program.ended()));
  rmSync(dir, { recursive: true });
});

function start(...args: readonly string[]): Program {
  const program = new Program(args);
  programs.push(program);
  return program;
}

function startVehicle(...more: readonly string[]): Program {
  const sensor = ['--broker', 'mqtt://127.0.0.1:1', '--sensor-username', 'tyre-monitor'];
  return start('vehicle', '--dir', dir, ...sensor, '--sensor-password-file', join(dir, 'password'), ...more);
}

describe('main', { timeout: 30_000 }, () => {
  it('makes two ports, feeds a reader, obeys, and removes its links when its input ends', async () => {
    const vehicle = startVehicle();
    const { ports } = await vehicle.said('ready');
    const [gnss, can] = ['GNSS', 'SLCAN'].map((name) => {
      return join(dir, 'serial', 'by-id', `usb-Waystation_Simulated_${name}-if00`);
    });
    expect(ports).toEqual({ gnss, can });
    const reader = await openReader(gnss ?? '');
    await vi.waitUntil(() => reader.received().includes('$GNVTG'), { timeout: 10_000 });
    await reader.close();
    vehicle.send({ do: 'unplug', port: 'gnss' });
    vehicle.send({ do: 'nonsense' });
    expect(await vehicle.said('error')).toMatchObject({ message: expect.stringContaining('nonsense') });
    expect(existsSync(gnss ?? '')).toBe(false);
    expect(await vehicle.said('status')).toMatchObject({ made: { can0: 0 }, overrun: 0, speedKmh: 0 });
    vehicle.endInput();
    expect(await vehicle.ended()).toBe(0);
    expect(existsSync(can ?? '')).toBe(false);
  });

  it('plays a recording to its end, and stops', async () => {
    const log = Array.from(
      { length: 50 },
      (_, index) => `(1.${String(index).padStart(6, '0')}) can0 123#0${index % 10}`,
    );
    writeFileSync(join(dir, 'can.log'), `${log.join('\n')}\n`);
    const vehicle = startVehicle('--can', join(dir, 'can.log'), '--speed', 'max');
    const { ports } = await vehicle.said('ready');
    expect(ports).toEqual({ can: expect.any(String) });
    const reader = await openReader(join(dir, 'serial', 'by-id', 'usb-Waystation_Simulated_SLCAN-if00'));
    reader.write(Buffer.from('S6\rL\r'));
    expect(await vehicle.said('played')).toEqual({ event: 'played', port: 'can', count: 50, skipped: 0 });
    await vi.waitUntil(() => reader.received().toString().split('t1231').length === 51);
    await reader.close();
    vehicle.signal('SIGTERM');
    expect(await vehicle.ended()).toBe(0);
  });

  it('opens the link, cuts it, and audits', async () => {
    const hub = start('hub', '--dir', dir, '--port', '0');
    await hub.said('ready');
    hub.send({ do: 'cut' });
    await vi.waitUntil(() => hub.events.some((event) => event['link'] === 'cut'), { timeout: 5_000 });
    hub.send({ do: 'audit' });
    expect(await hub.said('audit')).toMatchObject({ made: 0, missing: 0, extra: 0 });
    hub.endInput();
    expect(await hub.ended()).toBe(0);
  });

  it('gives receivers to any reader, garbled at another speed, and logs what they send', async () => {
    const log = join(dir, 'sent.log');
    const scenario = join(dir, 'quick.json');
    writeFileSync(scenario, '{"receivers":[{"name":"quick","baud":9600,"sentences":["RMC"],"rateHz":10}],"steps":[]}');
    const sim = start('sim', scenario, '--dir', join(dir, 'ports'), '--log', log, '--json', '--steps');
    const { ports } = await sim.said('ready');
    const path = join(dir, 'ports/serial/by-id/usb-Waystation_Simulated_QUICK-if00');
    expect(ports).toEqual({ quick: path });
    const wrong = await openReader(path, 19_200);
    await vi.waitUntil(() => wrong.received().length > 500, { timeout: 10_000 });
    expect(wrong.received().toString('latin1')).not.toContain('RMC');
    await wrong.close();
    const right = await openReader(path, 9600);
    await vi.waitUntil(() => right.received().toString('latin1').split('\r\n').length > 5, { timeout: 10_000 });
    // What was under way when the speed changed may be garbled.
    expect(right.received().toString('latin1')).toMatch(/(?:\$GNRMC,[^$]*\*..\r\n){3}/);
    // CFG-MSG: RMC off.
    right.write(Buffer.from('b5620601 0300 f00400 fe 17'.replaceAll(' ', ''), 'hex'));
    expect(await sim.said('settings')).toMatchObject({ port: 'quick', outputs: [] });
    await vi.waitUntil(() => right.received().includes(Buffer.from('b5620501', 'hex')), { timeout: 10_000 });
    await right.close();
    sim.send({ do: 'unplug', port: 'slow' });
    sim.send({ do: 'unplug', port: 'quick' });
    expect(await sim.said('step')).toMatchObject({ port: 'quick', step: 'unplug' });
    await vi.waitUntil(() => !existsSync(path), { timeout: 10_000 });
    sim.endInput();
    sim.signal('SIGTERM');
    expect(await sim.ended()).toBe(0);
    expect(existsSync(path)).toBe(false);
    expect(readFileSync(log, 'latin1')).toMatch(/^(\$GNRMC,[^$]*\*..\r\n){10}/);
  });

  it('names the port that is in use, and ends with 69', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const hub = start('hub', '--dir', dir, '--port', String(port));
    expect(await hub.ended()).toBe(69);
    expect(hub.events).toEqual([
      { event: 'error', message: expect.stringContaining(String(port)), remedy: expect.stringContaining('--port') },
    ]);
    await new Promise((resolve) => server.close(resolve));
  });

  it('ends with 69 when the ports of a simulation cannot be made', async () => {
    expect(await start('sim', 'good-day', '--dir', join(dir, 'password')).ended()).toBe(69);
  });

  it('ends with 2 when called wrongly, and says how to call it', async () => {
    const program = start('hub');
    expect(await program.ended()).toBe(2);
    expect(program.events).toEqual([
      { event: 'error', message: '--dir is missing', remedy: expect.stringContaining('Usage') },
    ]);
  });

  it.each([
    ['a recording', ['--gnss', 'no-such-file'], /cannot read no-such-file/],
    ['a scenario', ['--scenario', 'no-such-file'], /cannot read no-such-file/],
  ])('ends with 69 when %s cannot be read', async (_, args, message) => {
    const vehicle = startVehicle(...args);
    expect(await vehicle.ended()).toBe(69);
    expect(vehicle.events).toEqual([
      { event: 'error', message: expect.stringMatching(message), remedy: expect.any(String) },
    ]);
  });
});
