import { WaystationError } from '#gateway/model/errors.ts';
import { systemClock } from '#gateway/runtime/clock.ts';
import { nodeSerialLinks } from '#gateway/sources/node-serial-link.ts';
import { findPortHolders, type PortHolder } from '#gateway/sources/port-holders.ts';
import type { OpenSerialLink } from '#gateway/sources/serial-link.ts';

/**
 * Opens a port for a command. Where a gateway has it that the command knew nothing of, for want of its configuration, the error says so.
 *
 * @throws WaystationError `device.held`, and what opening throws
 */
export const openFreeLink: OpenSerialLink = async (options, listener) => {
  try {
    return await nodeSerialLinks(systemClock)(options, listener);
  } catch (error) {
    throw heldByGateway(error, options.path, await findPortHolders(options.path));
  }
};

/** @returns the error itself unless a gateway is behind it */
export function heldByGateway(error: unknown, path: string, holders: readonly PortHolder[]): unknown {
  const gateway = holders.find(({ isGateway }) => isGateway === true);
  if (gateway === undefined || !(error instanceof WaystationError) || error.code !== 'port.inUse') return error;
  const found = `Opening the serial port ${path}: the gateway reads it (process ${gateway.pid})`;
  return new WaystationError('device.held', found, { cause: error });
}
