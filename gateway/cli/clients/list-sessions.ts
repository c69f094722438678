import { findDataDir, type GatewayOptions } from '#gateway/cli/gateway-options.ts';
import { askGateway } from '#gateway/host/ask-gateway.ts';
import type { ClientSession } from '#gateway/model/client-sessions.ts';
import { formatSessions } from './format-sessions.ts';

/** Prints the persistent sessions of a running gateway, those whose client is away first. */
export async function listSessions(options: GatewayOptions & { readonly json?: true }): Promise<void> {
  // The gateway on the socket is of this installation, and its type checker has seen that it answers so.
  const sessions = (await askGateway(await findDataDir(options), 'clients.sessions')) as readonly ClientSession[];
  process.stdout.write(options.json === true ? `${JSON.stringify(sessions)}\n` : formatSessions(sessions));
}
