import type { SlcanProfile } from './status.ts';

/** What is worth knowing of a device over a restart. Nothing here is needed: it only saves time, or bridges a name that is gone. */
export interface RememberedPort {
  /** Bits per second at which it was understood last. */
  readonly baud?: number;
  /** What kind of SLCAN adapter it said it was. */
  readonly adapter?: SlcanProfile;
  /** The name of its socket, `/dev/serial/by-path/…`, and the configured path that led there. */
  readonly socket?: { readonly path: string; readonly byPath: string };
}

/** Remembers devices by their id. */
export interface DeviceMemory {
  recall(deviceId: string): RememberedPort;
  /** Merges; writes only what changed, in the background: a failure is logged and costs the memory only. */
  remember(deviceId: string, change: RememberedPort): void;
}
