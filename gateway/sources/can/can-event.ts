import type { DecodedMessage, DecodedSignal } from '#devices/can/dbc/message-decoder.ts';
import type { Stamp } from '#gateway/model/message.ts';
import { encodeEvent, stampedTime } from '#gateway/sources/device-event.ts';

/** A decoded frame as the event `can.message`: its name and the signals that its payload contains. */
export function encodeCanMessage(message: DecodedMessage, stamp: Stamp): Uint8Array {
  const signals: Record<string, object> = {};
  for (const [name, signal] of Object.entries(message.signals)) signals[name] = describeSignal(signal);
  const short = message.isShort ? { short: true } : {};
  return encodeEvent('can.message', stampedTime(stamp), { message: message.name, ...short, signals });
}

function describeSignal({ phys, unit, label }: DecodedSignal): object {
  // JSON has no NaN and no infinity, which floats on a bus can hold: no measurement, so no value.
  const value = typeof phys === 'bigint' || Number.isFinite(phys) ? phys : undefined;
  return { value, unit, label };
}
