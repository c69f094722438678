import type { DeviceMemory } from '#gateway/model/device-memory.ts';
import type { Stamp } from '#gateway/model/message.ts';
import { systemClock as clock } from '#gateway/runtime/clock.ts';
import type { LogFields, Logger } from '#gateway/runtime/logger.ts';
import { DeviceTaps, type ReadTap, type TapKind } from '#gateway/sources/device-taps.ts';
import { PositionFeed } from '#gateway/sources/position-feed.ts';
import { prepareSource } from '#gateway/sources/prepare-source.ts';
import type { PortDevice } from './find-device.ts';
import { openFreeLink } from './open-free-link.ts';

/**
 * Reads a free port as the gateway would, with nobody else to hear of it. A port that is not configured is taken for that of a receiver.
 * A CAN adapter is opened as configured, which writes to it.
 *
 * @throws WaystationError when the port cannot be opened now; later it is waited for
 */
export async function openPortTap(
  path: string,
  configured: PortDevice | undefined,
  kind: TapKind,
): Promise<AsyncDisposable & { readonly read: ReadTap }> {
  const device = configured === undefined ? unknownReceiver(path) : withoutSetup(configured);
  await tryOpening(path);
  const taps = new DeviceTaps(clock);
  // The tap is there before the first byte.
  await taps.read(device.id, kind, undefined, 0, new AbortController().signal);
  const start = await prepareSource(device, stderrStates);
  const source = start({
    publisher: taps.watch({ publish: (_, done) => done(undefined) }),
    taps,
    clock,
    timekeeper: { stamp },
    memory: NO_MEMORY,
    reportGnss: () => {},
    positions: new PositionFeed(),
    // There is no fleet to keep out of step.
    random: () => 0.5,
    logger: stderrStates,
  });
  return {
    read: (after, waitMs, signal) => taps.read(device.id, kind, after, waitMs, signal),
    [Symbol.asyncDispose]: () => source[Symbol.asyncDispose](),
  };
}

function unknownReceiver(path: string) {
  return { id: 'port', type: 'gnss', path, baud: 'auto', protocol: 'auto' } as const;
}

/** To look at a receiver must not change it. */
function withoutSetup(device: PortDevice): PortDevice {
  return device.type === 'gnss' ? { ...device, configure: undefined } : device;
}

async function tryOpening(path: string): Promise<void> {
  const link = await openFreeLink({ path, baud: 9600 }, { onBytes: () => {}, onClosed: () => {} });
  await link.close();
}

/** That of the host, whatever it is worth: a receiver states its own. */
function stamp(): Stamp {
  return { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs(), clockRun: '0'.repeat(16), quality: 'system' };
}

/** A command leaves no traces. */
const NO_MEMORY: DeviceMemory = { recall: () => ({}), remember: () => {} };

/** What becomes of the port, a line each on standard error: the output is for what the device says. */
const stderrStates: Logger = { debug: () => {}, info: say, warn: say, error: say, child: () => stderrStates };

function say({ baud, lastError }: LogFields, text: string): void {
  const details = [baud === undefined ? [] : [`${baud} baud`], lastError === undefined ? [] : [lastError]].flat();
  process.stderr.write(`${text}${details.length === 0 ? '' : ` ${details.join(', ')}`}\n`);
}
