/** What `waystation clients --live --json` prints: who is connected to the broker, and who was not long ago. Keys are stable; more may join. */
export interface LiveClients {
  /** By client id. */
  readonly clients: readonly LiveClient[];
  /** Who left last comes first; one entry per client, of a bounded number of them. */
  readonly gone: readonly GoneClient[];
}

/** A client that is logged in. */
export interface LiveClient extends KnownClient {
  readonly connectedSeconds: number;
  /** `3.1` or `3.1.1`. */
  readonly protocol: string;
  /** 0 where the client has switched it off. */
  readonly keepAliveSeconds: number;
  readonly isPersistent: boolean;
  readonly received: Flow;
  readonly sent: Flow;
  readonly subscriptionCount: number;
  /** Messages sent and not acknowledged yet. */
  readonly inflightCount: number;
  /** Messages that wait, those in flight included. */
  readonly queuedCount: number;
  readonly queuedBytes: number;
  /** What was refused to it last on this connection. */
  readonly lastError?: string;
}

/** A client whose connection ended. */
export interface GoneClient extends KnownClient {
  /** How long ago. */
  readonly goneSeconds: number;
  readonly connectedSeconds: number;
  /** One of the labels of `waystation_broker_disconnects_total`. */
  readonly reason: string;
  readonly lastError?: string;
}

/** Who that is, or was. */
export interface KnownClient {
  readonly client: string;
  /** Absent without a login. */
  readonly user?: string;
  /** Without the port. */
  readonly address: string;
  /** Type and port: `mqtt 1883`. */
  readonly listener: string;
}

/** One direction of a connection. */
export interface Flow {
  readonly publishCount: number;
  readonly bytes: number;
  /** Over the last ten to twenty seconds, less on a younger connection. */
  readonly publishesPerSecond: number;
  readonly bytesPerSecond: number;
}
