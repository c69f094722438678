import type { ClaimChange } from '#devices/can/j1939/address-book.ts';
import { formatDtcBytes } from '#devices/can/j1939/diagnostic-message.ts';
import type { DtcChange } from '#devices/can/j1939/dtc-tracker.ts';
import { describeJ1939Name, formatJ1939Name } from '#devices/can/j1939/j1939-name.ts';
import { encodeEvent, stampedTime } from '#gateway/model/event-payload.ts';
import type { Stamp } from '#gateway/model/message.ts';

/**
 * A change of a trouble code as the event `vehicle.dtc`.
 *
 * @param nowMs by the clock of the bus
 */
export function encodeDtcEvent(change: DtcChange, nowMs: number, stamp: Stamp): Uint8Array {
  const { state, dtc, source, name, lamps, firstSeenMs, lastSeenMs, isOnsetUnknown } = change;
  const { spn, fmi, occurrenceCount, conversionMethod, bits } = dtc;
  return encodeEvent('vehicle.dtc', stampedTime(stamp), {
    ...{ state, spn, fmi, occurrenceCount },
    // Which layout an old conversion method has cannot be told: whoever knows the node has its bytes.
    ...(conversionMethod === 0 ? {} : { conversionMethod, bytes: formatDtcBytes(bits) }),
    sourceAddress: source,
    name: name === undefined ? undefined : formatJ1939Name(name),
    lamps,
    onset: isOnsetUnknown ? 'unknown' : 'seen',
    firstSeenAgoMs: Math.round(nowMs - firstSeenMs),
    lastSeenAgoMs: Math.round(nowMs - lastSeenMs),
  });
}

/** What a node says that the vehicle is, as the event `j1939.vehicle`. */
export function encodeVehicleEvent(vin: string, address: number, name: bigint | undefined, stamp: Stamp): Uint8Array {
  const named = name === undefined ? {} : { name: formatJ1939Name(name) };
  return encodeEvent('j1939.vehicle', stampedTime(stamp), { vin, sourceAddress: address, ...named });
}

/** A change of an address as the event `j1939.node`. */
export function encodeNodeEvent(change: ClaimChange, stamp: Stamp): Uint8Array {
  const { kind, name, address, previousAddress } = change;
  return encodeEvent('j1939.node', stampedTime(stamp), {
    ...{ change: kind, address, previousAddress },
    ...describeJ1939Name(name),
  });
}
