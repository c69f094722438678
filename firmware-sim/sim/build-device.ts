import { SlcanDevice } from '#firmware-sim/can/slcan-device.ts';
import { Elm327Device } from '#firmware-sim/elm327/elm327-device.ts';
import type { DeviceSpec, ScenarioSurroundings, SimulatedDevice } from '#firmware-sim/simulated-device.ts';

/** Makes the device that a scenario describes; it is not plugged in yet. */
export function buildDevice(spec: DeviceSpec, surroundings: ScenarioSurroundings): SimulatedDevice {
  switch (spec.kind) {
    case 'can':
      return new SlcanDevice(spec, surroundings);
    case 'obd':
      return new Elm327Device(spec, surroundings);
  }
}
