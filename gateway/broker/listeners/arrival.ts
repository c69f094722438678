import type { Duplex } from 'node:stream';
import type { Guest } from './guest.ts';

/** A client as a listener hands it over: past TLS, past WebSocket, before its CONNECT. */
export interface Arrival {
  /** Type and port of where it came in. */
  readonly listener: string;
  /** MQTT in both directions, whatever carries it. Destroying it closes the connection under it. */
  readonly stream: Duplex;
  /** To be told of its login, and by whom it is closed until then. */
  readonly guest: Guest;
  /** The peer's address, without its port: what its proxy says where one is trusted. */
  readonly address: string;
  /** Whether the client can only be on this machine; never where a proxy speaks for it. */
  readonly isLocal: boolean;
  /** Common name of the certificate that the client has shown; only where the listener asks for one, and then always. */
  readonly certificateUser?: string;
}
