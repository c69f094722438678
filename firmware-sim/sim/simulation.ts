import type { Cancel, Clock } from '#firmware-sim/clock.ts';
import type { EpochAccount } from '#firmware-sim/receiver/epoch-account.ts';
import { GnssDevice, type GnssDeviceEvent } from '#firmware-sim/receiver/gnss-device.ts';
import { buildReceiver } from '#firmware-sim/receiver/receiver-model.ts';
import type { ReceiverSpec } from '#firmware-sim/receiver/receiver-spec.ts';
import { conditionsOf, type Scenario } from '#firmware-sim/scenario/scenario.ts';
import type { PortFault } from '#firmware-sim/scenario/step-section.ts';
import { openRandomStream, seedFrom } from '#firmware-sim/seeded-random.ts';
import type { Firmware, SerialLine } from '#firmware-sim/serial/usb-serial-device.ts';
import type { DeviceSpec, SimulatedDevice } from '#firmware-sim/simulated-device.ts';
import { buildDemoVehicle, parkedAtStart, type Vehicle } from '#firmware-sim/vehicle/vehicle.ts';
import { buildDevice } from './build-device.ts';
import { CaptureLine } from './capture-line.ts';
import { type SimEvent, summarize } from './sim-event.ts';

/** What {@link Simulation} needs. */
export interface SimulationOptions {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly clock: Clock;
  readonly openLine: (spec: LineSpec, firmware: Firmware) => SerialLine;
  readonly openAccount: (spec: ReceiverSpec) => EpochAccount;
  /** Takes a line of the account of what is no receiver; absent: nobody keeps one. */
  readonly note?: (line: object) => void;
  /** Takes what the log of a port keeps; undefined: it has none. */
  readonly recordOf?: (name: string) => ((piece: Uint8Array) => void) | undefined;
  readonly say: (event: SimEvent) => void;
}

/** What is behind a port. */
export interface LineSpec {
  readonly name: string;
  /** Of its UART; absent: USB of its own. */
  readonly baud?: number;
}

/** The devices of a scenario, on whatever clock and lines: the same seed makes the same bytes. It begins when it is made. */
export class Simulation implements AsyncDisposable {
  readonly #options: SimulationOptions;
  readonly #startedMs: number;
  readonly #vehicle: Vehicle;
  readonly #devices: ReadonlyMap<string, SimulatedDevice>;
  #timers: readonly Cancel[] = [];

  constructor(options: SimulationOptions) {
    this.#options = options;
    this.#startedMs = options.clock.nowMs();
    const { devices, receivers, vehicle } = options.scenario;
    this.#vehicle = vehicle === 'parked' ? parkedAtStart(buildDemoVehicle()) : buildDemoVehicle();
    this.#devices = new Map([
      ...receivers.map((spec) => [spec.name, this.#buildReceiver(spec)] as const),
      ...devices.map((spec) => [spec.name, this.#buildDevice(spec)] as const),
    ]);
    try {
      for (const device of this.#devices.values()) device.plug();
      this.#timers = [...this.#scheduleFaults(), ...this.#announceConditions()];
    } catch (error) {
      // Nobody else can: whoever wanted it never had it.
      void this[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** A fault comes now. For a port that this simulation does not have, such as the demo's adapter, it is passed over. */
  apply(fault: PortFault): void {
    const device = this.#devices.get(fault.port);
    if (device === undefined) return;
    this.#sayStep(fault.port, fault.do, 'durationMs' in fault ? fault.durationMs : undefined);
    device.apply(fault);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const cancel of this.#timers) cancel();
    for (const device of this.#devices.values()) await device[Symbol.asyncDispose]();
  }

  #buildReceiver(spec: ReceiverSpec): GnssDevice {
    const { clock, openAccount, openLine, recordOf, scenario, seed } = this.#options;
    const { leapAtMs, startUnixMs = this.#startedMs } = scenario;
    const record = recordOf?.(spec.name);
    const timeLine = { startUnixMs, ...(leapAtMs === undefined ? {} : { leapAtMs }) };
    return new GnssDevice({
      spec,
      model: buildReceiver(spec, {
        vehicle: this.#vehicle,
        conditions: conditionsOf(scenario, spec.name),
        timeLine,
        seed,
      }),
      ...{ clock, startedMs: this.#startedMs, startUnixMs },
      random: openRandomStream(seedFrom(seed, spec.name)),
      account: openAccount(spec),
      openLine: (firmware) => {
        const line = openLine(spec, firmware);
        return record === undefined ? line : new CaptureLine(record, line);
      },
      onEvent: (event) => this.#tell(spec.name, event),
    });
  }

  #buildDevice(spec: DeviceSpec): SimulatedDevice {
    const { clock, note = () => {}, openLine, recordOf, say, scenario, seed } = this.#options;
    const record = recordOf?.(spec.name);
    return buildDevice(spec, {
      ...{ clock, note, startedMs: this.#startedMs, startUnixMs: scenario.startUnixMs ?? this.#startedMs },
      vehicle: this.#vehicle,
      random: openRandomStream(seedFrom(seed, spec.name)),
      openLine: (firmware) => openLine(spec, firmware),
      tell: (text) => say({ atMs: this.#elapsedMs, event: 'told', port: spec.name, text }),
      ...(record === undefined ? {} : { record }),
    });
  }

  #scheduleFaults(): readonly Cancel[] {
    const { clock, scenario } = this.#options;
    return scenario.faults.map(({ atMs, fault }) => clock.schedule(atMs, () => this.apply(fault)));
  }

  #announceConditions(): readonly Cancel[] {
    const { clock, scenario } = this.#options;
    return scenario.conditions.map(({ kind, fromMs, toMs, port = 'all' }) => {
      const durationMs = Number.isFinite(toMs) ? toMs - fromMs : undefined;
      return clock.schedule(fromMs, () => this.#sayStep(port, kind, durationMs));
    });
  }

  #sayStep(port: string, step: string, durationMs: number | undefined): void {
    this.#options.say({
      ...{ atMs: this.#elapsedMs, event: 'step', port, step },
      ...(durationMs === undefined ? {} : { durationMs }),
    });
  }

  #tell(port: string, event: GnssDeviceEvent): void {
    const { say } = this.#options;
    const atMs = this.#elapsedMs;
    if (event.kind === 'fix') say({ atMs, event: 'fix', port, ...summarize(event.epoch) });
    else if (event.kind === 'readerGone') say({ atMs, event: 'readerGone', port });
    else if (event.kind === 'reader') {
      say({ atMs, event: 'reader', port, baud: event.baud ?? null, deviceBaud: event.deviceBaud });
    } else {
      const { baud, intervalMs, messages, sentences } = event.settings;
      say({ atMs, event: 'settings', port, intervalMs, baud, outputs: [...sentences, ...messages] });
    }
  }

  get #elapsedMs(): number {
    return this.#options.clock.nowMs() - this.#startedMs;
  }
}
