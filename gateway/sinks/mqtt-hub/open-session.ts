import { WaystationError } from '#gateway/model/errors.ts';
import { hubError } from './hub-error.ts';
import { type HubAddress, openHubSocket, type SocketOptions } from './hub-socket.ts';
import { type MqttConnection, openMqttConnection } from './mqtt-connection.ts';
import type { SessionOptions } from './session.ts';

/** From nothing to a session that the hub has accepted. @throws WaystationError `hub.refused`, `hub.unreachable` */
export async function openSession(
  address: HubAddress,
  socketOptions: SocketOptions,
  session: SessionOptions,
  signal: AbortSignal,
): Promise<MqttConnection> {
  const socket = await openHubSocket(address, socketOptions, signal).catch((error: unknown) => {
    if (error instanceof WaystationError) throw error;
    const { what, protocol, clientId, hints } = session;
    const hub = { what, protocol, clientId, hints, isOpen: false, hasTaken: false, unansweredCount: 0 };
    throw hubError({ ...hub, serverReference: undefined }, error instanceof Error ? error : new Error(String(error)));
  });
  return openMqttConnection(socket, session, signal);
}
