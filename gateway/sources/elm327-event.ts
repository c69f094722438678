import type { DtcChange } from '#devices/obd/dtc-tracker.ts';
import type { ObdVehicle } from '#devices/obd/elm327/discover-vehicle.ts';
import type { ObdReading } from '#devices/obd/obd-message.ts';
import { OBD_PIDS } from '#devices/obd/obd-pids.ts';
import { roundQuantity } from '#devices/obd/obd-quantity.ts';
import { encodeEvent, stampedTime } from '#gateway/model/event-payload.ts';
import type { Stamp } from '#gateway/model/message.ts';

/** One round of parameters as the event `obd.pids`. States are words, so that a field keeps one type for ever. */
export function encodeObdPids(readings: readonly ObdReading[], stamp: Stamp): Uint8Array {
  const data: Record<string, number | string | boolean> = {};
  for (const { pid, values, labels, monitors } of readings) {
    for (const quantity of OBD_PIDS.get(pid)?.quantities ?? []) {
      const value = values[quantity.field];
      if (value === undefined) continue;
      const isState = quantity.labels !== undefined;
      data[quantity.field] = isState ? (labels?.[quantity.field] ?? String(value)) : roundQuantity(quantity, value);
    }
    if (monitors?.isMilOn !== undefined) data['milOn'] = monitors.isMilOn;
    if (monitors?.dtcCount !== undefined) data['dtcCount'] = monitors.dtcCount;
  }
  return encodeEvent('obd.pids', stampedTime(stamp), data);
}

/** A trouble code that came or went as the event `vehicle.dtc`. */
export function encodeObdDtc({ state, code, status, ecu, isOnsetUnknown }: DtcChange, stamp: Stamp): Uint8Array {
  return encodeEvent('vehicle.dtc', stampedTime(stamp), {
    ...{ state, code, status },
    ecu: ecu === '' ? undefined : ecu,
    onset: isOnsetUnknown ? 'unknown' : 'seen',
  });
}

/** What a vehicle says of itself as the event `obd.vehicle`. */
export function encodeObdVehicle(
  vehicle: ObdVehicle,
  configured: readonly { readonly pid: number }[],
  stamp: Stamp,
): Uint8Array {
  const { vin, adapter, protocol, ecus, ecuNames, calibrationIds, supportedPids } = vehicle;
  const missing = configured.filter(({ pid }) => !supportedPids.has(pid));
  return encodeEvent('obd.vehicle', stampedTime(stamp), {
    ...{ vin, adapter, protocol: protocol?.name },
    ...{ ecus, ecuNames, calibrationIds },
    supportedPids: [...supportedPids].map(hex),
    missingPids: missing.map(({ pid }) => hex(pid)),
  });
}

/** As the standard writes parameters. */
function hex(pid: number): string {
  return pid.toString(16).toUpperCase().padStart(2, '0');
}
