import { findDataDir, type GatewayOptions } from '#gateway/cli/gateway-options.ts';

/** Options of `devices freeze`. */
export interface FreezeOptions extends GatewayOptions {
  readonly reason?: string;
}

/** @throws WaystationError `device.unknown`, `device.noCapture`, `gateway.notRunning` */
export async function freezeDevice(device: string, options: FreezeOptions): Promise<void> {
  const { askGateway } = await import('#gateway/host/ask-gateway.ts');
  const { reason } = options;
  const params = { device, ...(reason === undefined ? {} : { reason }) };
  // The gateway on the socket is of this installation, and its type checker has seen that it answers so.
  const { answer } = (await askGateway(await findDataDir(options), 'devices.freeze', { params })) as { answer: string };
  process.stdout.write(`${device}: ${answer}\n`);
}
