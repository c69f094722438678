import { type Dialogue, isConfirmed, TERMINAL } from '#gateway/cli/confirm.ts';
import { findDataDir, type GatewayOptions } from '#gateway/cli/gateway-options.ts';
import { askGateway } from '#gateway/host/ask-gateway.ts';
import type { ClientSession } from '#gateway/model/client-sessions.ts';
import { WaystationError } from '#gateway/model/errors.ts';
import { nearestName } from '#gateway/model/nearest-name.ts';
import { oneLine } from '#gateway/model/one-line.ts';
import { formatQueue } from './format-sessions.ts';
import { whoAsks } from './who-asks.ts';

/** Options of `clients end`. */
export interface EndOptions extends GatewayOptions {
  readonly yes?: true;
  readonly json?: true;
}

/**
 * Ends a session of a running gateway, with what waits in it; a client that is connected is disconnected.
 *
 * @throws WaystationError `session.unknown`, `session.notConfirmed`, `gateway.notRunning`, `audit.unwritable`, `journal.full`
 */
export async function endSession(client: string, options: EndOptions, dialogue: Dialogue = TERMINAL): Promise<void> {
  const dataDir = await findDataDir(options);
  // The gateway on the socket is of this installation, and its type checker has seen that it answers so.
  const sessions = (await askGateway(dataDir, 'clients.sessions')) as readonly ClientSession[];
  const session = sessions.find((each) => each.client === client);
  if (session === undefined) throw unknown(client, sessions);
  const name = JSON.stringify(oneLine(client));
  const { isConnected } = session;
  const { output } = options.json === true ? { output: process.stderr } : dialogue;
  output.write(`the session ${name} will be gone, and with it: ${formatQueue(session)}\n`);
  if (isConnected)
    output.write('Its client is connected: it is disconnected, and may come back to an empty session.\n');
  if (options.yes !== true && !(await isConfirmed({ ...dialogue, output }))) {
    throw new WaystationError('session.notConfirmed', `Ending the session ${name}: nobody has agreed to that.`);
  }
  const ended = await askGateway(dataDir, 'clients.endSession', { params: { client, by: whoAsks() } });
  if (options.json === true) process.stdout.write(`${JSON.stringify(ended)}\n`);
  else output.write(`the session ${name} has ended\n`);
}

function unknown(client: string, sessions: readonly ClientSession[]): WaystationError {
  const near = nearestName(
    client,
    sessions.map((session) => session.client),
  );
  const hint = near === undefined ? '' : `; did you mean ${JSON.stringify(near)}?`;
  return new WaystationError('session.unknown', `Ending the session ${JSON.stringify(client)}: there is none${hint}`);
}
