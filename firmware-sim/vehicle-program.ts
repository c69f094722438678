import { join } from 'node:path';
import { CanDevice } from './can/can-device.ts';
import { SlcanAdapter } from './can/slcan-adapter.ts';
import { repeat, systemClock } from './clock.ts';
import { GnssAccount } from './ledger/gnss-account.ts';
import { openLedger } from './ledger/ledger.ts';
import { aborted, type LineIo } from './line-io.ts';
import { readCandumpLog } from './playback/candump-log.ts';
import { cutGnssCapture } from './playback/gnss-capture.ts';
import type { PlaybackSpeed, Recording } from './playback/piece.ts';
import { PlaybackDevice } from './playback/playback-device.ts';
import { type Fault, type PortName, STATUS_INTERVAL_MS, type VehicleCommand, type VehicleEvent } from './protocol.ts';
import { GnssDevice } from './receiver/gnss-device.ts';
import { buildReceiver } from './receiver/receiver-model.ts';
import { DEFAULT_RECEIVER, type ReceiverSpec } from './receiver/receiver-spec.ts';
import { parseVehicleScenario, ScenarioError } from './scenario/scenario.ts';
import type { ScenarioStep } from './scenario/step-section.ts';
import { TyreSensor } from './sensor/tyre-sensor.ts';
import { UsbSerialDevice } from './serial/usb-serial-device.ts';
import type { LiveDeviceOptions, SimulatedDevice } from './simulated-device.ts';
import { readNeededFile, UnavailableError } from './unavailable-error.ts';
import { buildDemoVehicle } from './vehicle/vehicle.ts';

/** The command line of `vehicle`, as paths and choices. */
export interface VehicleOptions {
  readonly dir: string;
  readonly brokerUrl: string;
  readonly sensorUsername: string;
  readonly sensorPasswordFile: string;
  readonly scenarioFile?: string;
  /** A raw serial capture to play; with either recording nothing is simulated live on the ports. */
  readonly gnssFile?: string;
  /** A `candump -l` log to play. */
  readonly canFile?: string;
  readonly speed: PlaybackSpeed;
}

/**
 * Runs the vehicle until the signal aborts: ports, devices and sensor come up, faults and the scenario are played, the state is said.
 *
 * @throws UnavailableError when a file that was named cannot be used
 */
export async function runVehicle(options: VehicleOptions, io: LineIo<VehicleCommand, VehicleEvent>): Promise<void> {
  const clock = systemClock;
  const password = readNeededFile(options.sensorPasswordFile, '--sensor-password-file').toString().trim();
  const steps = loadScenario(options.scenarioFile);
  await using parts = new AsyncDisposableStack();
  const ledger = parts.use(openLedger(join(options.dir, 'ledger.ndjson')));
  const surroundings = {
    clock,
    ledger,
    vehicle: buildDemoVehicle(),
    startedMs: clock.nowMs(),
    random: Math.random,
  };
  const { brokerUrl, sensorUsername: username } = options;
  const sensor = parts.use(new TyreSensor({ ...surroundings, brokerUrl, username, password }));
  const devices = buildDevices(options, surroundings, (event) => io.say(event));
  for (const device of devices.values()) parts.use(device).plug();

  const apply = (command: Exclude<VehicleCommand, { readonly do: 'stop' }>) =>
    devices.get(command.port)?.apply(command);
  const stop = async () => {
    await Promise.all([...devices.values()].map((device) => device.stop()));
    await sensor.drain();
    io.say({ event: 'stopped' });
  };
  io.onCommand((command) => {
    if (command.do !== 'stop') apply(command);
    // Neither device nor sensor rejects.
    else void stop();
  });
  const ports = Object.fromEntries([...devices.keys()].map((port) => [port, linkPathOf(options, port)]));
  io.say({ event: 'ready', ports });
  for (const { atMs, fault } of steps) parts.defer(clock.schedule(atMs, () => apply(fault)));
  const sayStatus = () => {
    io.say({
      event: 'status',
      made: ledger.made,
      played: ledger.playedCount,
      overrun: [...devices.values()].reduce((total, device) => total + device.overrunCount, 0),
      unheard: ledger.unheardCount,
      sensorPending: sensor.pendingCount,
      sensorRefused: sensor.refusedCount,
      speedKmh: Math.round(surroundings.vehicle(clock.nowMs() - surroundings.startedMs).speedMps * 36) / 10,
    });
  };
  parts.defer(repeat(clock, STATUS_INTERVAL_MS, sayStatus));
  await aborted(io.signal);
}

/** As `udev` would name them. */
const LINK_NAMES: Readonly<Record<PortName, string>> = {
  gnss: 'usb-Waystation_Simulated_GNSS-if00',
  can: 'usb-Waystation_Simulated_SLCAN-if00',
};

function linkPathOf(options: VehicleOptions, port: PortName): string {
  return join(options.dir, 'serial', 'by-id', LINK_NAMES[port]);
}

type Surroundings = Omit<LiveDeviceOptions, 'linkPath'>;

/** Live devices on both ports, or recordings on the ports that have one. */
function buildDevices(
  options: VehicleOptions,
  surroundings: Surroundings,
  say: (event: VehicleEvent) => void,
): ReadonlyMap<PortName, SimulatedDevice> {
  const gnss = { ...surroundings, linkPath: linkPathOf(options, 'gnss') };
  const can = { ...surroundings, linkPath: linkPathOf(options, 'can') };
  const { canFile, gnssFile, speed } = options;
  if (gnssFile === undefined && canFile === undefined) {
    return new Map<PortName, SimulatedDevice>([
      ['gnss', buildGnssDevice(gnss)],
      ['can', new CanDevice(can)],
    ]);
  }
  const sayPlayed = (port: PortName, { skippedCount }: Recording) => {
    return (count: number) => say({ event: 'played', port, count, skipped: skippedCount });
  };
  const devices = new Map<PortName, SimulatedDevice>();
  if (gnssFile !== undefined) {
    const recording = { pieces: cutGnssCapture(readNeededFile(gnssFile, '--gnss')), skippedCount: 0 };
    const onPlayed = sayPlayed('gnss', recording);
    devices.set('gnss', new PlaybackDevice({ ...gnss, source: 'gps0', recording, speed, onPlayed }));
  }
  if (canFile !== undefined) {
    const adapter = new SlcanAdapter();
    const log = readNeededFile(canFile, '--can').toString('latin1');
    const recording = readCandumpLog(log, (frame) => adapter.encode(frame));
    const onPlayed = sayPlayed('can', recording);
    devices.set('can', new PlaybackDevice({ ...can, source: 'can0', recording, speed, adapter, onPlayed }));
  }
  return devices;
}

/** The receiver of the demo: no more sentences than its ledger can account for. */
const RECEIVER: ReceiverSpec = { ...DEFAULT_RECEIVER, rateHz: 2, sentences: ['RMC', 'GGA', 'GSA', 'VTG'] };

function buildGnssDevice({ clock, ledger, linkPath, random, startedMs, vehicle }: LiveDeviceOptions): GnssDevice {
  const timeLine = { startUnixMs: startedMs };
  return new GnssDevice({
    spec: RECEIVER,
    model: buildReceiver(RECEIVER, { vehicle, conditions: [], timeLine, seed: Math.floor(random() * 2 ** 32) }),
    ...{ clock, random, startedMs, startUnixMs: startedMs },
    account: new GnssAccount(ledger, clock),
    openLine: (firmware) => new UsbSerialDevice({ linkPath, clock, baud: RECEIVER.baud }, firmware),
  });
}

function loadScenario(path: string | undefined): readonly ScenarioStep<Fault>[] {
  if (path === undefined) return [];
  try {
    return parseVehicleScenario(readNeededFile(path, '--scenario').toString());
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    const remedy = 'Correct the steps named; see firmware-sim/scenarios/rough-day.json.';
    throw new UnavailableError(`cannot use scenario ${path}: ${error.message}`, remedy, { cause: error });
  }
}
