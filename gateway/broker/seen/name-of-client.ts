/**
 * A client id as people are shown it. A client that gives none gets one from Aedes, new at each connection, which says nothing and
 * cannot be found again [MQTT-3.1.3-6].
 */
export function nameOfClient(clientId: string): string {
  return clientId === '' || MADE_ID.test(clientId) ? NO_CLIENT_ID : clientId;
}

/** What stands for it. */
export const NO_CLIENT_ID = '(no client id)';
const MADE_ID = /^aedes_[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
