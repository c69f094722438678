import type { VehicleState } from '#firmware-sim/vehicle/vehicle.ts';
import type { CanBus } from './can-bus.ts';
import type { TroubleCode } from './fault-memory.ts';

/** The control units on a bus, as a scenario meddles with them. Each answers whether there is such a unit. */
export interface VehicleBus {
  setCode(unit: string, code: TroubleCode, isActive: boolean): boolean;
  /** Another node takes the address of this one. */
  takeAddress(unit: string): boolean;
}

/** What the control units of a bus need. */
export interface VehicleBusOptions {
  readonly bus: CanBus;
  /** The vehicle as it is when the bus is at that time. */
  readonly stateAt: (busMs: number) => VehicleState;
  /** UTC when the bus is at that time, Unix milliseconds. */
  readonly unixMsAt: (busMs: number) => number;
}

/** A bus whose units know neither trouble codes nor addresses. */
export const PLAIN_BUS: VehicleBus = { setCode: () => false, takeAddress: () => false };
