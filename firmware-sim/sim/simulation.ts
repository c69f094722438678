import type { Cancel, Clock } from '#firmware-sim/clock.ts';
import type { EpochAccount } from '#firmware-sim/receiver/epoch-account.ts';
import { GnssDevice, type GnssDeviceEvent } from '#firmware-sim/receiver/gnss-device.ts';
import { buildReceiver } from '#firmware-sim/receiver/receiver-model.ts';
import type { ReceiverSpec } from '#firmware-sim/receiver/receiver-spec.ts';
import { conditionsOf, type Scenario } from '#firmware-sim/scenario/scenario.ts';
import { openRandomStream, seedFrom } from '#firmware-sim/seeded-random.ts';
import type { Firmware, SerialLine } from '#firmware-sim/serial/usb-serial-device.ts';
import { buildDemoVehicle, parkedAtStart } from '#firmware-sim/vehicle/vehicle.ts';
import { type SimEvent, summarize } from './sim-event.ts';

/** What {@link Simulation} needs. */
export interface SimulationOptions {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly clock: Clock;
  readonly openLine: (spec: ReceiverSpec, firmware: Firmware) => SerialLine;
  readonly openAccount: (spec: ReceiverSpec) => EpochAccount;
  readonly say: (event: SimEvent) => void;
}

/** The receivers of a scenario, on whatever clock and lines: the same seed makes the same bytes. It begins when it is made. */
export class Simulation implements AsyncDisposable {
  readonly #options: SimulationOptions;
  readonly #startedMs: number;
  readonly #devices: ReadonlyMap<string, GnssDevice>;
  #timers: readonly Cancel[] = [];

  constructor(options: SimulationOptions) {
    this.#options = options;
    this.#startedMs = options.clock.nowMs();
    const { receivers } = options.scenario;
    this.#devices = new Map(receivers.map((spec) => [spec.name, this.#build(spec)]));
    try {
      for (const device of this.#devices.values()) device.plug();
      this.#timers = [...this.#scheduleFaults(), ...this.#announceConditions()];
    } catch (error) {
      // Nobody else can: whoever wanted it never had it.
      void this[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const cancel of this.#timers) cancel();
    for (const device of this.#devices.values()) await device[Symbol.asyncDispose]();
  }

  #build(spec: ReceiverSpec): GnssDevice {
    const { clock, openAccount, openLine, scenario, seed } = this.#options;
    const { leapAtMs, startUnixMs = this.#startedMs } = scenario;
    const vehicle = scenario.vehicle === 'parked' ? parkedAtStart(buildDemoVehicle()) : buildDemoVehicle();
    const timeLine = { startUnixMs, ...(leapAtMs === undefined ? {} : { leapAtMs }) };
    return new GnssDevice({
      spec,
      model: buildReceiver(spec, { vehicle, conditions: conditionsOf(scenario, spec.name), timeLine, seed }),
      ...{ clock, startedMs: this.#startedMs, startUnixMs },
      random: openRandomStream(seedFrom(seed, spec.name)),
      account: openAccount(spec),
      openLine: (firmware) => openLine(spec, firmware),
      onEvent: (event) => this.#tell(spec.name, event),
    });
  }

  /** Steps for ports that this simulation does not have, such as a CAN adapter's, are passed over. */
  #scheduleFaults(): readonly Cancel[] {
    const { clock, scenario } = this.#options;
    return scenario.faults.map(({ atMs, fault }) =>
      clock.schedule(atMs, () => {
        const device = this.#devices.get(fault.port);
        if (device === undefined) return;
        this.#sayStep(fault.port, fault.do, fault.durationMs);
        device.apply(fault);
      }),
    );
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
