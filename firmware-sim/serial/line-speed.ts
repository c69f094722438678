import { asyncGetBaudRate } from '@serialport/bindings-cpp/dist/load-bindings.js';

/**
 * The speed that whoever opened the other side of a pseudo-terminal has set: both sides share one set of modes.
 *
 * @param fd of either side
 * @returns undefined where the system does not tell: only Linux does
 */
export async function readLineSpeed(fd: number): Promise<number | undefined> {
  try {
    const modes: { readonly baudRate: number } = await asyncGetBaudRate(fd);
    return modes.baudRate;
  } catch {
    return undefined;
  }
}
