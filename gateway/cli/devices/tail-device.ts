import { setTimeout as sleep } from 'node:timers/promises';
import type { GatewayOptions } from '#gateway/cli/gateway-options.ts';
import { writeUntilClosed } from '#gateway/cli/write-until-closed.ts';
import { WaystationError } from '#gateway/model/errors.ts';
import type { EncodedTapPart } from '#gateway/sources/device-methods.ts';
import type { ReadTap, TapEntry, TapKind } from '#gateway/sources/device-taps.ts';
import { findDevice, lookAround, portOfDevice } from './find-device.ts';
import { formatEntry } from './format-entry.ts';
import { openPortTap } from './open-port-tap.ts';
import { untilCtrlC } from './until-ctrl-c.ts';

/** Options of `devices tail`. */
export interface TailOptions extends GatewayOptions {
  readonly raw?: true;
  readonly json?: true;
}

/** Prints what a device says until Ctrl-C, or until the reader of the output goes away. */
export async function tailDevice(name: string, options: TailOptions): Promise<void> {
  await using cleanup = new AsyncDisposableStack();
  const { signal } = cleanup.use(untilCtrlC());
  const surroundings = await lookAround(options);
  const named = await findDevice(name, surroundings);
  const { device, source } = named;
  const kind: TapKind = options.raw === true ? 'bytes' : 'events';
  const { dataDir } = surroundings;
  const read =
    source !== undefined && dataDir !== undefined
      ? tapOfGateway(dataDir, source.id, kind)
      : cleanup.use(await openPortTap(portOfDevice(named), device, kind)).read;
  await writeUntilClosed(entries(read, options, signal), process.stdout);
}

const WAIT_MS = 15_000;

async function* entries(read: ReadTap, options: TailOptions, signal: AbortSignal): AsyncGenerator<string | Uint8Array> {
  let next: number | undefined;
  while (!signal.aborted) {
    // The first time it only asks where the stream is.
    const part = await read(next, next === undefined ? 0 : WAIT_MS, signal).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
    if (part === undefined) return;
    if (part.missedCount > 0)
      process.stderr.write(`missed ${part.missedCount}: they came faster than they were read\n`);
    for (const entry of part.entries)
      yield options.raw === true ? entry.payload : formatEntry(entry, options.json === true);
    next = part.next;
  }
}

const RETRY_MS = 1000;

/** Over restarts of the gateway too. */
function tapOfGateway(dataDir: string, device: string, kind: TapKind): ReadTap {
  let isAway = false;
  return async (after, waitMs, signal) => {
    const { askGateway } = await import('#gateway/host/ask-gateway.ts');
    for (;;) {
      try {
        const params = { device, kind, waitMs, ...(after === undefined ? {} : { after }) };
        // As of the status: the gateway on the socket is of this installation.
        const part = (await askGateway(dataDir, 'devices.read', { params, waitMs, signal })) as EncodedTapPart;
        isAway = false;
        return { ...part, entries: part.entries.map(decodeEntry) };
      } catch (error) {
        const isGone =
          error instanceof WaystationError && ['gateway.notRunning', 'gateway.silent'].includes(error.code);
        if (signal.aborted || !isGone) throw error;
        if (!isAway) process.stderr.write(`${error.message}; waiting for it\n`);
        isAway = true;
        await sleep(RETRY_MS, undefined, { signal });
      }
    }
  };
}

function decodeEntry({ topic, payloadBase64 }: EncodedTapPart['entries'][number]): TapEntry {
  const payload = Buffer.from(payloadBase64, 'base64');
  return topic === undefined ? { payload } : { topic, payload };
}
