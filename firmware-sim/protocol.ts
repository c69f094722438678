/**
 * How the simulator talks to whoever started it: one JSON object per line, commands in on standard input, events out on
 * standard output. The demo launcher and the system tests are the two users. Nothing else is ever printed there.
 *
 * Both programs end cleanly on SIGTERM, SIGINT, or when standard input closes.
 * Start reading at `main.ts`; the ledger that both programs share is `ledger/ledger-line.ts`.
 */

/** The simulated serial ports. */
export type PortName = 'gnss' | 'can';

/** What can go wrong at a port, and come right again. */
export type FaultKind = 'unplug' | 'replug' | 'silence' | 'garbage';

/**
 * A fault, from standard input or from a scenario. A port that plays a recording knows only `unplug` and `replug`.
 *
 * - `unplug`: the pseudo-terminal and its by-id link vanish. `replug`: both come back.
 * - `silence`: the device makes and answers nothing for `durationMs` (default 5,000).
 * - `garbage`: a burst of bytes that no checksum covers, and a broken sentence or frame, between two good ones.
 */
export interface Fault {
  readonly do: FaultKind;
  readonly port: PortName;
  /** Only for `silence`. */
  readonly durationMs?: number;
}

/**
 * What `vehicle` takes on standard input. `stop`: nothing new is made, the epoch under way is finished, and the sensor waits for
 * its acknowledgements; then `stopped` is said. The ports stay where they are until the process ends.
 */
export type VehicleCommand = Fault | { readonly do: 'stop' };

/** What `vehicle` says on standard output. */
export type VehicleEvent =
  /** The ports exist; the paths are the by-id links. A port that does not take part in a playback is absent. */
  | { readonly event: 'ready'; readonly ports: { readonly gnss?: string; readonly can?: string } }
  | VehicleStatus
  /** A playback came to the end of its file. */
  | { readonly event: 'played'; readonly port: PortName; readonly count: number; readonly skipped: number }
  | { readonly event: 'stopped' }
  | ErrorEvent;

/** The state of `vehicle`, every {@link STATUS_INTERVAL_MS}. */
export interface VehicleStatus {
  readonly event: 'status';
  /** Epochs, frames and sensor messages made since the ledger began. */
  readonly made: Readonly<Record<SourceName, number>>;
  /** Lines and frames of recordings written since the start of the process. */
  readonly played: number;
  /** Sentences and frames dropped whole since the start of the process, because the reader did not keep up. */
  readonly overrun: number;
  /** How many of those made since the start of the process may have gone unheard: see `UnheardLine`. */
  readonly unheard: number;
  /** Sensor messages not acknowledged yet. */
  readonly sensorPending: number;
  /** Sensor messages not made because the sensor's memory was full. */
  readonly sensorRefused: number;
  readonly speedKmh: number;
}

/**
 * How a cut link behaves.
 *
 * - `stall`: connections go silent both ways without closing, and new ones are accepted and silent: a dead radio link.
 * - `reset`: connections are reset, and new ones too: a middlebox that lost its state.
 * - `refuse`: nothing listens: a host that is down.
 */
export type LinkMode = 'stall' | 'reset' | 'refuse';

/** What `hub` takes on standard input. A cut without a mode is a `stall`. */
export type HubCommand =
  | { readonly do: 'cut'; readonly mode?: LinkMode }
  | { readonly do: 'restore' }
  | { readonly do: 'audit' };

/** What `hub` says on standard output. */
export type HubEvent =
  | { readonly event: 'ready'; readonly port: number }
  | HubStatus
  | AuditEvent
  | { readonly event: 'stopped' }
  | ErrorEvent;

/** The state of `hub`, every {@link STATUS_INTERVAL_MS}; counted since `hub.ndjson` began. */
export interface HubStatus extends Verdict {
  readonly event: 'status';
  readonly link: 'up' | 'cut';
  /** Publishes taken, with repeats, whatever their topic. */
  readonly received: number;
  /** Different event ids among them. */
  readonly distinct: number;
  /** When the last event came, in milliseconds since the Unix epoch. */
  readonly lastEventAt: number | null;
}

/** The comparison of everything received with everything made. */
export interface AuditEvent extends Verdict, SourceCounts {
  readonly event: 'audit';
  readonly sources: Readonly<Record<SourceName, SourceAudit>>;
}

/** One source of an {@link AuditEvent}. */
export interface SourceAudit extends SourceCounts, Omit<Verdict, 'repeated'> {}

interface SourceCounts {
  /** Lines of the ledger that can be compared: playback lines cannot. */
  readonly made: number;
  /** Made, never received, and excused: nobody had the port open, or the bytes fell out of the device. */
  readonly unheard: number;
}

/** The numbers that must be zero, `repeated` excepted: at least once is what a bridge promises. */
export interface Verdict {
  /**
   * In an audit: made, not excused, and not received. In a status only those behind the newest received event of their source:
   * a backlog is no loss.
   */
  readonly missing: number;
  /** Received, but never made; or received again under another id although the source never sent it again. */
  readonly extra: number;
  /** Received again under the same id. */
  readonly repeated: number;
  /** First occurrences that came after a later one of their source. */
  readonly outOfOrder: number;
  /** First occurrences whose content differs from what was made, unless some of their bytes may have been lost. */
  readonly wrongValues: number;
}

/** The three things that make events. */
export type SourceName = 'gps0' | 'can0' | 'tyre-monitor';

/** In the order in which tables print them. */
export const SOURCE_NAMES = ['gps0', 'can0', 'tyre-monitor'] as const satisfies readonly SourceName[];

/** Something failed. The process goes on unless it says otherwise by its exit code: 2 usage, 69 a needed file or port is unavailable. */
export interface ErrorEvent {
  readonly event: 'error';
  readonly message: string;
  readonly remedy: string;
}

/** How often a status line is printed. */
export const STATUS_INTERVAL_MS = 500;
