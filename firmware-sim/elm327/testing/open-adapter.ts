import { Elm327Adapter } from '#firmware-sim/elm327/elm327-adapter.ts';
import { ELM327_FIRMWARES, type Elm327Firmware } from '#firmware-sim/elm327/elm327-firmware.ts';
import { DEFAULT_ELM327, type Elm327Spec } from '#firmware-sim/elm327/elm327-spec.ts';
import { FakeClock } from '#firmware-sim/fake-clock.ts';
import { ObdNetwork } from '#firmware-sim/obd/obd-network.ts';
import { buildDemoVehicle } from '#firmware-sim/vehicle/vehicle.ts';

/** An adapter on a clock that stands still, as a test types at it. */
export class TypedAdapter {
  readonly clock = new FakeClock();
  readonly network: ObdNetwork;
  readonly adapter: Elm327Adapter;
  readonly requests: string[] = [];
  #said = '';

  /** The engine has run for ten seconds. */
  constructor(spec: Partial<Elm327Spec> = {}, firmware: Partial<Elm327Firmware> = {}) {
    const whole = { ...DEFAULT_ELM327, ...spec };
    const random = () => 0.5;
    const startedMs = this.clock.nowMs();
    this.network = new ObdNetwork(whole, { vehicle: buildDemoVehicle(), startedMs, random });
    this.adapter = new Elm327Adapter({
      ...{ clock: this.clock, random, baud: whole.baud, network: this.network },
      firmware: { ...ELM327_FIRMWARES[whole.personality], ...firmware },
      say: (text) => {
        this.#said += text;
      },
      onRequest: (request) => this.requests.push(request),
    });
    this.adapter.powerOn();
    this.clock.advance(10_000);
  }

  /** Types, waits, and gives what was said meanwhile. */
  type(text: string, waitMs = 8_000): string {
    this.#said = '';
    this.adapter.push(Buffer.from(text, 'latin1'));
    return this.wait(waitMs);
  }

  /** What has been said since the last typing. */
  wait(waitMs: number): string {
    this.clock.advance(waitMs);
    return this.#said;
  }
}

/** Quiet: no echo, no spaces; its protocol is found. */
export function openQuietAdapter(spec: Partial<Elm327Spec> = {}): TypedAdapter {
  const typed = new TypedAdapter(spec);
  for (const line of ['ATE0', 'ATS0', '0100']) typed.type(`${line}\r`);
  return typed;
}
