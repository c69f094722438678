import { describe, expect, it } from 'vitest';
import { FakeClock } from '#firmware-sim/fake-clock.ts';
import { parseScenario, type Scenario } from '#firmware-sim/scenario/scenario.ts';
import { CaptureLine } from './capture-line.ts';
import { listScenarios, loadScenario } from './shipped-scenarios.ts';
import { openSimAccount, type SimLedgerLine } from './sim-account.ts';
import { describeEvent, type SimEvent } from './sim-event.ts';
import { Simulation } from './simulation.ts';

const START_MS = Date.UTC(2026, 5, 1, 8);

/** Plays a scenario on a clock that does not wait. */
async function play(scenario: Scenario, seconds: number, seed = 1) {
  const clock = new FakeClock(START_MS);
  const pieces = new Map<string, Uint8Array[]>(scenario.receivers.map(({ name }) => [name, []]));
  const events: SimEvent[] = [];
  const lines: SimLedgerLine[] = [];
  await using _simulation = new Simulation({
    ...{ scenario, seed, clock },
    openLine: ({ name }) => new CaptureLine((piece) => pieces.get(name)?.push(piece)),
    openAccount: ({ name }) => openSimAccount(name, (line) => lines.push(line)),
    say: (event) => events.push(event),
  });
  clock.advance(seconds * 1000);
  const textOf = (name: string) => Buffer.concat(pieces.get(name) ?? []).toString('latin1');
  return { events, lines, textOf };
}

describe('Simulation', () => {
  it('makes the same bytes of the same seed, and others of another', async () => {
    const scenario = loadScenario('mixed');
    const [first, again, other] = [await play(scenario, 22), await play(scenario, 22), await play(scenario, 22, 2)];
    expect(first.textOf('gnss').length).toBeGreaterThan(10_000);
    expect(again.textOf('gnss')).toBe(first.textOf('gnss'));
    expect(other.textOf('gnss')).not.toBe(first.textOf('gnss'));
  });

  it('tells the story of a cold start', async () => {
    const { events } = await play(loadScenario('cold-start'), 40);
    expect(events.map(describeEvent)).toEqual([
      '00:00.0  gnss: no fix, no time',
      '00:08.0  gnss: no fix, time without date',
      '00:20.0  gnss: no fix',
      '00:24.0  gnss: 2D fix, 3 satellites',
      expect.stringMatching(/^00:30\.0 {2}gnss: 3D fix, \d+ satellites, hdop 0\.\d+$/),
    ]);
  });

  it('sends nothing while a receiver is unplugged or silent', async () => {
    const { lines } = await play(loadScenario('two-receivers'), 130);
    const secondsOf = (name: string) => {
      const ofIt = lines.filter(({ receiver }) => receiver === name);
      return new Set(ofIt.map(({ time }) => Math.floor((Date.parse(time) - START_MS) / 1000)));
    };
    const [bow, stern] = [secondsOf('bow'), secondsOf('stern')];
    expect([35, 39, 41, 55, 69, 71, 125].map((second) => bow.has(second))).toEqual([
      true,
      true,
      false,
      false,
      false,
      true,
      true,
    ]);
    expect([99, 101, 119, 121].map((second) => stern.has(second))).toEqual([true, false, false, true]);
  });

  it('lets nothing out of a receiver that is unplugged, noise neither', async () => {
    const steps = [
      { atMs: 5_500, do: 'unplug', port: 'gnss' },
      { atMs: 7_000, do: 'garbage', port: 'gnss' },
    ];
    const { textOf } = await play(parseScenario(JSON.stringify({ steps })), 9);
    const { textOf: upTo } = await play(parseScenario('{"steps":[]}'), 5.5);
    expect(textOf('gnss')).toBe(upTo('gnss'));
  });

  it('paces: a receiver that has more to say than its UART carries leaves epochs out', async () => {
    const file = '{"receivers":[{"name":"a","baud":4800,"rateHz":10}],"steps":[]}';
    const { lines, textOf } = await play(parseScenario(file), 60);
    expect(textOf('a').length).toBeLessThanOrEqual(60 * 480);
    expect(textOf('a').length).toBeGreaterThan(50 * 480);
    expect(lines.length).toBeLessThan(120);
  });

  it('leaves none out where all of it fits, though an epoch ends in the next', async () => {
    const { lines } = await play(loadScenario('u-blox-ubx'), 10.06);
    expect(lines).toHaveLength(101);
  });

  it('goes through a leap second', async () => {
    const { textOf } = await play(loadScenario('leap-second'), 63);
    const times = [...textOf('gnss').matchAll(/GNZDA,(\d{6})\.000,(\d\d),(\d\d),(\d{4})/g)].map(([, ...parts]) =>
      parts.join(' '),
    );
    expect(times.slice(-4)).toEqual([
      '235959 31 12 2016',
      '235960 31 12 2016',
      '000000 01 01 2017',
      '000001 01 01 2017',
    ]);
  });

  it('steps over ports that it does not have', async () => {
    const { events } = await play(loadScenario('rough-day'), 30);
    expect(events.filter(({ event }) => event === 'step').map(describeEvent)).toEqual(['00:10.0  gnss: garbage']);
  });
});

describe('loadScenario', () => {
  it.each([
    ['Good-Day', 'there is no scenario Good-Day; did you mean good-day?'],
    ['nosuch', 'there is no scenario nosuch'],
    ['./nosuch.json', 'cannot read ./nosuch.json'],
  ])('says that there is no %s', (name, message) => {
    expect(() => loadScenario(name)).toThrow(message);
  });
});

describe('listScenarios', () => {
  it('has a title for each, short enough for a line', () => {
    const scenarios = listScenarios();
    const names = scenarios.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining(['good-day', 'cold-start', 'tunnel', 'jammed', 'u-blox-ubx', 'wrong-baud']),
    );
    for (const { title } of scenarios) expect(title).toMatch(/^.{20,110}$/);
  });
});
