import { DM1_PGN } from '#devices/can/j1939/diagnostic-message.ts';
import { NULL_ADDRESS } from '#devices/can/j1939/j1939-id.ts';
import { encodeJ1939Name } from '#devices/can/j1939/j1939-name.ts';
import { loadBusMessages, messageOf } from './bus-messages.ts';
import type { CanBus } from './can-bus.ts';
import { FaultMemory, type TroubleCode } from './fault-memory.ts';
import { J1939Node, REQUEST_PGN } from './j1939-node.ts';
import { ParameterGroup } from './parameter-group.ts';
import { TRUCK_UNITS, type TruckUnit } from './truck-units.ts';
import type { VehicleBus, VehicleBusOptions } from './vehicle-bus.ts';

/** Where the meaning of the truck's messages is written down. */
export const TRUCK_DBC = new URL('../dbc/truck-j1939.dbc', import.meta.url);

/** Vehicle identification number of the truck. */
export const TRUCK_VIN = 'WSYTRK00000000001';
/** Make, model, serial number and unit number of the engine. */
export const ENGINE_IDENTIFICATION = 'WSTN*SIM-1*4711*1*';

/** The control units of a truck: they claim their addresses, say what they have to say, and tell of their faults. */
export class TruckBus implements VehicleBus {
  readonly #bus: CanBus;
  readonly #options: VehicleBusOptions;
  readonly #units = new Map<string, { readonly node: J1939Node; readonly faults: FaultMemory }>();
  #usurperCount = 0;

  constructor(options: VehicleBusOptions) {
    this.#options = options;
    this.#bus = options.bus;
    const messages = loadBusMessages(TRUCK_DBC);
    for (const [index, unit] of TRUCK_UNITS.entries()) {
      const node = new J1939Node(this.#bus, nameOf(unit), unit.address);
      const faults = new FaultMemory();
      this.#units.set(unit.name, { node, faults });
      this.#bus.at(index * CLAIM_SPREAD_MS, () => node.claim());
      for (const { message, periodMs, signals } of unit.groups) {
        const group = new ParameterGroup(messageOf(messages, message));
        let count = 0;
        this.#bus.every(periodMs, index, () => {
          const data = group.compose(signals(this.#moment(), count++));
          node.send({ pgn: group.pgn, priority: group.priority, data }, true);
        });
      }
      this.#bus.every(DM1_PERIOD_MS, DM1_PERIOD_MS + index, () => {
        node.send({ pgn: DM1_PGN, priority: DEFAULT_PRIORITY, data: faults.composeDm1() });
      });
    }
    this.#identifyVehicle();
    this.#exchangeIdentification();
  }

  setCode(unit: string, code: TroubleCode, isActive: boolean): boolean {
    const faults = this.#units.get(unit)?.faults;
    if (isActive) faults?.raise(code);
    else faults?.clear(code);
    return faults !== undefined;
  }

  /** A node with a lower NAME claims the address; it says nothing else. */
  takeAddress(unit: string): boolean {
    const victim = this.#units.get(unit)?.node;
    if (victim === undefined || victim.address === NULL_ADDRESS) return false;
    this.#usurperCount += 1;
    const name = encodeJ1939Name({ ...COMMON_NAME, function: 0, industryGroup: 0, identityNumber: this.#usurperCount });
    new J1939Node(this.#bus, name, victim.address).claim();
    return true;
  }

  #moment() {
    const { stateAt, unixMsAt } = this.#options;
    const elapsedMs = this.#bus.nowMs;
    return { state: stateAt(elapsedMs), elapsedMs, unixMs: unixMsAt(elapsedMs) };
  }

  /** To all, by announcement. */
  #identifyVehicle(): void {
    const engine = this.#units.get('engine')?.node;
    const data = Buffer.from(`${TRUCK_VIN}*`, 'latin1');
    this.#bus.every(VIN_PERIOD_MS, VIN_FIRST_MS, () => {
      engine?.send({ pgn: VIN_PGN, priority: DEFAULT_PRIORITY, data });
    });
  }

  /** The cluster asks the engine what it is; the answer is for it alone, by agreement. */
  #exchangeIdentification(): void {
    const [engine, cluster] = [this.#units.get('engine')?.node, this.#units.get('cluster')?.node];
    if (engine === undefined || cluster === undefined) return;
    const asked = COMPONENT_PGN;
    const request = Uint8Array.of(asked & 0xff, (asked >>> 8) & 0xff, asked >>> 16);
    const data = Buffer.from(ENGINE_IDENTIFICATION, 'latin1');
    this.#bus.every(EXCHANGE_PERIOD_MS, EXCHANGE_FIRST_MS, () => {
      cluster.send({ pgn: REQUEST_PGN, priority: DEFAULT_PRIORITY, data: request, destination: engine.address });
      this.#bus.at(this.#bus.nowMs + ANSWER_MS, () => {
        engine.send({ pgn: asked, priority: DEFAULT_PRIORITY, data, destination: cluster.address });
      });
    });
  }
}

const COMMON_NAME = {
  manufacturerCode: 0x2aa,
  ecuInstance: 0,
  functionInstance: 0,
  vehicleSystem: 0,
  vehicleSystemInstance: 0,
  industryGroup: 1,
  isArbitraryAddressCapable: false,
} as const;

/** NAME of a unit. */
export function nameOf({ function: task, identityNumber, isArbitraryAddressCapable }: TruckUnit): bigint {
  return encodeJ1939Name({ ...COMMON_NAME, function: task, identityNumber, isArbitraryAddressCapable });
}

const DEFAULT_PRIORITY = 6;
const VIN_PGN = 65260;
const COMPONENT_PGN = 65259;
const CLAIM_SPREAD_MS = 15;
const DM1_PERIOD_MS = 1_000;
const VIN_FIRST_MS = 1_500;
const VIN_PERIOD_MS = 10_000;
const EXCHANGE_FIRST_MS = 4_500;
const EXCHANGE_PERIOD_MS = 30_000;
const ANSWER_MS = 20;
