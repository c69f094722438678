import { describe, expect, it } from 'vitest';
import { DtcTracker } from '#devices/obd/dtc-tracker.ts';
import type { ObdVehicle } from '#devices/obd/elm327/discover-vehicle.ts';
import { Elm327Session } from '#devices/obd/elm327/elm327-session.ts';
import { Elm327Adapter } from '#firmware-sim/elm327/elm327-adapter.ts';
import { ELM327_FIRMWARES } from '#firmware-sim/elm327/elm327-firmware.ts';
import { DEFAULT_ELM327, type Elm327Spec, REQUEST_FAILURES } from '#firmware-sim/elm327/elm327-spec.ts';
import { FakeClock } from '#firmware-sim/fake-clock.ts';
import { ObdNetwork } from '#firmware-sim/obd/obd-network.ts';
import { buildDemoVehicle } from '#firmware-sim/vehicle/vehicle.ts';
import { seededRandom } from '#tests/support/seeded-random.ts';

const VIN = DEFAULT_ELM327.vin;
/** What the session may say, whatever happens to it. */
const HARMLESS = /^(|AT(Z|I|E0|L0|S0|M0|H1|AT1|SP0|RV|DPN)|STI|01([0-9A-F]{2}){1,6}|03|07|0A|09(00|02|04|0A))$/;
const STEP_MS = 10;

/** A session and a simulated adapter with its vehicle, on one clock that runs as fast as it can. */
class Pair {
  readonly clock = new FakeClock();
  readonly network: ObdNetwork;
  readonly adapter: Elm327Adapter;
  readonly session: Elm327Session;
  readonly written: string[] = [];
  readonly values: Record<string, number>[] = [];
  readonly changes: string[] = [];
  readonly vehicles: ObdVehicle[] = [];
  /** Questions that went out to the vehicle. */
  requestCount = 0;
  readonly #toAdapter: Uint8Array[] = [];
  readonly #toSession: string[] = [];

  constructor(changes: Partial<Elm327Spec>) {
    const spec = { ...DEFAULT_ELM327, ...changes };
    const random = seededRandom(327).next;
    const tracker = new DtcTracker();
    this.network = new ObdNetwork(spec, { vehicle: buildDemoVehicle(), startedMs: this.clock.nowMs(), random });
    this.adapter = new Elm327Adapter({
      ...{ clock: this.clock, random, baud: spec.baud, network: this.network },
      firmware: ELM327_FIRMWARES[spec.personality],
      say: (text) => void this.#toSession.push(text),
      onRequest: () => void this.requestCount++,
    });
    const pids = [0x0c, 0x0d, 0x04, 0x11].map((pid) => ({ pid, intervalMs: 500 }));
    const slow = [0x05, 0x2f].map((pid) => ({ pid, intervalMs: 10_000 }));
    this.session = new Elm327Session(
      { pids: [...pids, ...slow], protocolNumber: '0' },
      {
        write: (bytes) => {
          this.written.push(Buffer.from(bytes).toString().trim());
          this.#toAdapter.push(bytes);
        },
        onReadings: (readings) => void this.values.push(Object.assign({}, ...readings.map(({ values }) => values))),
        onRound: () => {},
        onCodes: (ecu, status, codes, isWhole) => {
          for (const { state, code } of tracker.take(ecu, status, codes, isWhole))
            this.changes.push(`${state} ${code} ${status}`);
        },
        onVehicle: (vehicle) => void this.vehicles.push(vehicle),
        onVoltage: () => {},
        onChange: () => {},
      },
    );
    this.adapter.powerOn();
  }

  run(durationMs: number): void {
    for (let passedMs = 0; passedMs < durationMs; passedMs += STEP_MS) {
      this.clock.advance(STEP_MS);
      for (const text of this.#toSession.splice(0)) this.session.read(Buffer.from(text, 'latin1'), this.clock.nowMs());
      if (this.clock.nowMs() >= this.session.dueMs) this.session.tick(this.clock.nowMs());
      for (const bytes of this.#toAdapter.splice(0)) this.adapter.push(bytes);
    }
  }
}

describe('a session with a simulated adapter, on a clock of their own', () => {
  it.each([
    ['a genuine one, CAN with 11 bits', {}, '6'],
    ['a genuine one, CAN with 29 bits', { protocol: '7' }, '7'],
    ['a genuine one, KWP', { protocol: '5', ecuCount: 1 }, '5'],
    ['a genuine one, control units that ask for patience', { hasPendingResponses: true }, '6'],
    ['an STN', { personality: 'stn', protocol: '8' }, '8'],
    ['a clone', { personality: 'clone', protocol: '7', ecuCount: 3 }, '7'],
  ] satisfies [string, Partial<Elm327Spec>, string][])('%s', (_, spec, protocol) => {
    const pair = new Pair({ ...spec, storedDtcs: ['P0301'] });
    pair.run(15_000);
    expect(pair.session.state).toBe('polling');
    expect(pair.vehicles[0]).toMatchObject({ vin: VIN });
    expect(pair.vehicles[0]?.protocol?.number ?? protocol).toBe(protocol);
    expect(pair.changes).toContain('raised P0301 stored');
    const fields = new Set(pair.values.flatMap((values) => Object.keys(values)));
    for (const field of ['engineSpeedRpm', 'speedKmh', 'engineLoadPercent', 'coolantTemperatureC', 'fuelLevelPercent'])
      expect(fields).toContain(field);
    expect(pair.written.filter((command) => !HARMLESS.test(command))).toEqual([]);
  });

  it('rests while the ignition is off, asks the vehicle nothing then, and goes on when it is on', () => {
    const pair = new Pair({});
    pair.run(20_000);
    expect(pair.session.state).toBe('polling');
    pair.network.ignition.turn(false, pair.clock.nowMs());
    pair.run(60_000);
    expect(pair.session.state).toBe('resting');
    const { requestCount } = pair;
    pair.run(240_000);
    expect(pair.requestCount).toBe(requestCount);
    pair.network.ignition.turn(true, pair.clock.nowMs());
    pair.run(20_000);
    expect(pair.session.state).toBe('polling');
  });

  it('gets over every failure of a request, and a reset', () => {
    const pair = new Pair({ storedDtcs: ['P0301'] });
    pair.run(10_000);
    for (const answer of REQUEST_FAILURES) {
      pair.adapter.failRequests(answer, 2000);
      pair.run(4000);
    }
    pair.adapter.dipVoltage();
    pair.run(20_000);
    expect(pair.session.state).toBe('polling');
    const count = pair.values.length;
    pair.run(5000);
    expect(pair.values.length - count).toBeGreaterThan(4);
    expect(pair.changes).toEqual(['raised P0301 stored']);
    expect(pair.written.filter((command) => !HARMLESS.test(command))).toEqual([]);
  });
});
