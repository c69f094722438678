import { WaystationError } from '#gateway/model/errors.ts';
import type { CommandFeed } from './command-feed.ts';
import type { DeviceTaps, TapPart } from './device-taps.ts';

/** An answer to `devices.read`. */
export interface EncodedTapPart extends Omit<TapPart, 'entries'> {
  readonly entries: readonly { readonly topic?: string; readonly payloadBase64: string }[];
}

/** What `waystation devices tail` and `devices freeze` ask a running gateway, as methods of its control socket; see `docs/control-socket.md`. */
export function deviceMethods(taps: DeviceTaps, commands: CommandFeed, deviceIds: readonly string[]) {
  return {
    'devices.freeze': async (params: unknown): Promise<{ readonly answer: string }> => {
      const { device, reason } = fieldsOf(params);
      if (typeof device !== 'string' || !deviceIds.includes(device))
        throw new WaystationError('device.unknown', `Freezing ${JSON.stringify(device)}: no device has this id`);
      if (reason !== undefined && typeof reason !== 'string') throw badParams('a text as reason', reason);
      const answer = await commands.give(device, 'freezeCapture', Buffer.from(JSON.stringify({ reason })));
      if (answer === undefined)
        throw new WaystationError('device.noCapture', `Freezing the capture of ${device}: it keeps no raw frames`);
      return { answer };
    },
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
