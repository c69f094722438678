import { expect, it } from 'vitest';
import { FakeClock } from '#firmware-sim/fake-clock.ts';
import { parseScenario } from '#firmware-sim/scenario/scenario.ts';
import type { Firmware, SerialLine } from '#firmware-sim/serial/usb-serial-device.ts';
import { loadScenario } from '#firmware-sim/sim/shipped-scenarios.ts';
import { Simulation } from '#firmware-sim/sim/simulation.ts';

/** A line whose reader is the test. */
class TypedLine implements SerialLine {
  readonly firmware: Firmware;
  readonly isReaderReady = true;
  isPlugged = false;
  received = '';

  constructor(firmware: Firmware) {
    this.firmware = firmware;
  }

  plug(): void {
    this.isPlugged = true;
  }

  unplug(): void {
    this.isPlugged = false;
  }

  setBaud(): void {}

  write(piece: Uint8Array): boolean {
    if (this.isPlugged) this.received += Buffer.from(piece).toString('latin1');
    return this.isPlugged;
  }

  [Symbol.dispose](): void {}
}

/** Types at the one port of a scenario. */
function open(scenario = loadScenario('obd-day')) {
  const clock = new FakeClock();
  const notes: object[] = [];
  const lines: TypedLine[] = [];
  const simulation = new Simulation({
    ...{ scenario, seed: 1, clock },
    openLine: (_spec, firmware) => {
      const line = new TypedLine(firmware);
      lines.push(line);
      return line;
    },
    openAccount: () => expect.fail('no receivers'),
    note: (line) => notes.push(line),
    say: () => {},
  });
  const [line] = lines;
  const type = (text: string, waitMs = 5_000) => {
    if (line !== undefined) line.received = '';
    line?.firmware.onBytes(Buffer.from(text));
    clock.advance(waitMs);
    return line?.received ?? '';
  };
  return { clock, notes, simulation, type };
}

it('goes through a day at a car', async () => {
  const { clock, notes, simulation, type } = open();
  await using _ = simulation;
  expect(type('')).toBe('\r\rELM327 v1.5\r\r>');
  for (const line of ['ATE0', 'ATS0', '0100']) type(`${line}\r`);
  expect(type('03\r')).toBe('4300\r4300\r\r>');
  clock.advance(10_000);
  expect(type('03\r', 1_000)).toBe('43010301\r4300\r\r>');
  clock.advance(9_000);
  expect(type('010D\r', 1_000)).toBe('CAN ERROR\r\r>');
  expect(type('', 10_000)).toBe('\r\rLV RESET\r\r>');
  for (const line of ['ATE0', 'ATS0', '0100']) type(`${line}\r`, 1_000);
  type('', 17_000);
  expect(type('010D\r')).toBe('NO DATA\r\r>');
  expect(notes.at(-1)).toEqual({
    ...{ obd: 'obd', atMs: expect.any(Number), request: '010D', isIgnitionOn: false },
    ...{ count: 6, whileOffCount: 1 },
  });
});

it('is silent, unplugged, or noisy when the scenario wants it', async () => {
  const steps = ['silence', 'unplug', 'replug', 'garbage'].map((what, index) => ({
    ...{ atMs: 10_000 * (index + 1), do: what, port: 'obd' },
  }));
  const { simulation, type } = open(parseScenario(JSON.stringify({ obd: [{}], steps })));
  await using _ = simulation;
  expect(type('', 10_000)).toContain('ELM327');
  expect(type('ATI\r', 6_000)).toBe('');
  expect(type('ATI\r', 4_000)).toContain('ELM327');
  expect(type('ATI\r', 9_000)).toBe('');
  expect(type('', 9_000)).toBe('\r\rELM327 v1.5\r\r>');
  expect(type('', 5_000)).toMatch(/[\x80-\xff]{100}/);
});

it.each([
  ['{"obd":[{"protocol":"2"}],"steps":[]}', 'obd[0].protocol: one of 5, 6, 7, 8, 9'],
  ['{"obd":[{"ecuCount":4}],"steps":[]}', 'obd[0].ecuCount: 1 to 3 control units'],
  ['{"obd":[{"storedDtcs":["X0301"]}],"steps":[]}', 'obd[0].storedDtcs: up to 127 trouble codes'],
  ['{"obd":[{"vin":"I"}],"steps":[]}', 'obd[0].vin: seventeen'],
  ['{"obd":[{}],"steps":[{"atMs":0,"do":"storeDtc","port":"obd"}]}', 'steps[0].code: a trouble code'],
  [
    '{"obd":[{}],"steps":[{"atMs":0,"do":"failRequests","port":"obd","answer":"NO"}]}',
    'steps[0].answer: one of NO DATA',
  ],
  ['{"receivers":[{}],"steps":[{"atMs":0,"do":"ignitionOff","port":"gnss"}]}', 'steps[0].do: one of'],
])('names what is wrong in %s', (text, problem) => {
  expect(() => parseScenario(text)).toThrow(problem);
});
