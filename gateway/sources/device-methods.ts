import { WaystationError } from '#gateway/model/errors.ts';
import type { DeviceTaps, TapPart } from './device-taps.ts';

/** An answer to `devices.read`. */
export interface EncodedTapPart extends Omit<TapPart, 'entries'> {
  readonly entries: readonly { readonly topic?: string; readonly payloadBase64: string }[];
}

/** What `waystation devices tail` asks a running gateway, as a method of its control socket; see `docs/control-socket.md`. */
export function deviceMethods(taps: DeviceTaps, deviceIds: readonly string[]) {
  return {
    'devices.read': async (params: unknown, signal: AbortSignal): Promise<EncodedTapPart> => {
      const { device, kind, after, waitMs } = fieldsOf(params);
      if (typeof device !== 'string' || !deviceIds.includes(device))
        throw new WaystationError('device.unknown', `Reading the device ${JSON.stringify(device)}: none has this id`);
      if (kind !== 'events' && kind !== 'bytes') throw badParams('events or bytes as kind', kind);
      if (after !== undefined && (typeof after !== 'number' || !Number.isSafeInteger(after) || after < 0))
        throw badParams('a sequence as after', after);
      if (waitMs !== undefined && (typeof waitMs !== 'number' || !(waitMs >= 0)))
        throw badParams('a wait in ms', waitMs);
      const part = await taps.read(device, kind, after, waitMs ?? 0, signal);
      const entries = part.entries.map(({ topic, payload }) => ({
        ...(topic === undefined ? {} : { topic }),
        payloadBase64: Buffer.from(payload).toString('base64'),
      }));
      return { ...part, entries };
    },
  };
}

function fieldsOf(params: unknown): Readonly<Record<string, unknown>> {
  return typeof params === 'object' && params !== null ? { ...params } : {};
}

function badParams(expected: string, found: unknown): WaystationError {
  return new WaystationError('gateway.badRequest', `Expected ${expected}, found ${JSON.stringify(found)}.`);
}
