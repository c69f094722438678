import { findDataDir, type GatewayOptions } from '#gateway/cli/gateway-options.ts';
import { askGateway } from '#gateway/host/ask-gateway.ts';
import type { LiveClients } from '#gateway/model/live-clients.ts';
import { formatLiveClients } from './format-live.ts';

/** Prints who is connected to the broker of a running gateway, and who left last. */
export async function showLiveClients(options: GatewayOptions & { readonly json?: true }): Promise<void> {
  // The gateway on the socket is of this installation, and its type checker has seen that it answers so.
  const live = (await askGateway(await findDataDir(options), 'liveClients')) as LiveClients;
  process.stdout.write(options.json === true ? `${JSON.stringify(live)}\n` : formatLiveClients(live));
}
