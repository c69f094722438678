import type { CanBusState } from '#devices/can/can-error-frame.ts';
import type { DeadLettersStatus } from './dead-letters-status.ts';
import type { ErrorCode } from './errors.ts';
import type { LinkStatus } from './link-status.ts';
import type { ClockQuality, Epoch, StreamId } from './message.ts';
import type { ObdStatus } from './obd-status.ts';
import type { PowerStatus } from './power-status.ts';
import type { SinkStatus } from './sink-status.ts';

/**
 * What `waystation status --json` prints and the console shows: one snapshot of every part.
 * Keys are stable; more may join.
 */
export interface GatewayStatus {
  readonly gateway: {
    readonly id: string;
    readonly uid: string;
    readonly version: string;
    readonly pid: number;
    readonly uptimeSeconds: number;
  };
  readonly clock: ClockStatus;
  readonly journal: JournalStatus;
  readonly broker: BrokerStatus;
  readonly sources: readonly SourceStatus[];
  readonly sinks: readonly SinkStatus[];
  readonly deadLetters: DeadLettersStatus;
  readonly power: PowerStatus;
  /** What sinks send over; absent where none is configured. */
  readonly links?: readonly LinkStatus[];
  /** What receivers say, given to other programs of the host; empty where nothing of the kind is configured. */
  readonly handover: HandoverStatus;
  /** Absent where rules are not enabled. */
  readonly rules?: RulesStatus;
}

/** What is known of the time. */
export interface ClockStatus {
  /** Names the clock run under way, as in stamps. */
  readonly clockRun: string;
  /** What the date of the host rests on now: `none` if it cannot be right. */
  readonly quality: ClockQuality;
  /** What told the clock run the time first; absent while nothing did. */
  readonly anchor?: ClockQuality;
  /** Since that; absent with it. */
  readonly anchorAgeSeconds?: number;
  /** What the satellite receivers say of the time, taken together; `disputed` when two contradict each other. */
  readonly receivers: 'unknown' | 'agreed' | 'disputed';
  /** The date of the host less what the receivers say, milliseconds; only where they agree. Serial lines make it some tenths of a second too large. */
  readonly hostOffsetMs?: number;
  /** How often the host slept, or its date was set, since the start of the process. */
  readonly stepCount: number;
  /** How often the receivers moved away from what a clock run had been told: a wrong first fix, or drift. */
  readonly correctionCount: number;
}

/** What is handed over to other programs of the host. */
export interface HandoverStatus {
  readonly chrony?: ChronyStatus;
  readonly gpsd?: GpsdStatus;
}

/** Samples of the time for chronyd. */
export interface ChronyStatus {
  readonly socket: string;
  /** `waiting`: no receiver has told the time yet. */
  readonly state: 'waiting' | 'sending' | 'failing';
  readonly lastError?: string;
  /** The receiver that the samples come from. */
  readonly device?: string;
  readonly sampleCount: number;
  /** Samples that could not be handed over. */
  readonly droppedCount: number;
}

/** The server for clients of gpsd. */
export interface GpsdStatus {
  readonly host: string;
  /** The one really taken; the configured one while it cannot be had. */
  readonly port: number;
  readonly isListening: boolean;
  readonly clientCount: number;
  /** Connections that were closed because they did not read, said too much, or were too many. */
  readonly droppedClientCount: number;
}

/** The journal and its streams. */
export interface JournalStatus {
  /**
   * What all streams have in common: `full` and `failed` when the disk is, or when every stream is at its quota. A quota that one
   * stream alone has used up is the state of that stream.
   */
  readonly state: 'ok' | 'full' | 'failed';
  /** That the disk was found full at the start; until something could be written. Of what comes later, see the streams. */
  readonly lastError?: string;
  readonly streams: readonly StreamStatus[];
  /** Absent while there is none; `waystation sinks forget` gives them up. */
  readonly orphans?: readonly OrphanedCursor[];
  /** Records made durable since the start of the process. */
  readonly appendedCount: number;
  readonly refusedCount: number;
  readonly frameCount: number;
  /** Syncs of files and folders, and bytes handed to the file system: of streams, cursors and all else. */
  readonly syncCount: number;
  readonly writtenBytes: number;
  readonly wear: WearStatus;
}

/** What the card under `dataDir` has had to take since the journal was opened. */
export interface WearStatus {
  readonly observedSeconds: number;
  /** Records made durable, before compression: topic, payload, attributes. */
  readonly logicalBytes: number;
  /** Written by the process, by the system's account; absent where it keeps none. */
  readonly processBytes?: number;
  /** Written to the disk or card, by whomever; absent where the file system has none of its own, as an overlay. */
  readonly device?: { readonly name: string; readonly bytes: number };
  /** Whose count amplification and projection rest on: the device's, else the process', else the journal's own. */
  readonly basis: 'device' | 'process' | 'journal';
  /** Bytes written for each byte of a record; absent in the first hour, and before the first record. */
  readonly amplification?: number;
  /** Terabytes that a new card may be written with, where configured. */
  readonly enduranceTB?: number;
  /** What a new card of that endurance lasts at the rate since the start; absent in the first hour, and when nothing was written. */
  readonly projectedLifeDays?: number;
}

/** What a sink, or a lane, that is not configured any more has not had; it may hold up room on a full disk. */
export interface OrphanedCursor {
  readonly sink: string;
  readonly stream: StreamId;
  readonly acknowledgedSequence: number;
  /** Records that are there and that it has not had; absent where the stream is not configured either, and nobody has counted. */
  readonly backlogCount?: number;
}

/** One stream of the journal. Sequences as in `JournalStream`. */
export interface StreamStatus {
  readonly id: StreamId;
  readonly state: 'ok' | 'full' | 'failed';
  readonly epoch: Epoch;
  readonly oldestSequence: number;
  readonly syncedSequence: number;
  readonly sizeBytes: number;
  readonly segmentCount: number;
  /** Whether the last run ended within a write, which recovery cut when the stream was opened. */
  readonly wasTailCut: boolean;
  /** Whether the gateway keeps its own state there, no events: it is not configured, and no sink reads it. */
  readonly isBuiltIn?: true;
  /** How much of what was acknowledged last a power cut can take; 0 where every acknowledgement waits for its sync [J1]. */
  readonly lossBoundMs: number;
  /** Why records are refused now, and what to do about it. */
  readonly lastError?: string;
}

/** The embedded broker. */
export interface BrokerStatus {
  readonly listeners: readonly ListenerStatus[];
  readonly clientCount: number;
  /** Persistent sessions whose client is away. */
  readonly awayCount: number;
  readonly subscriptionCount: number;
  /** Messages that wait in the queues of sessions, those in flight included, and their bytes. */
  readonly queuedCount: number;
  readonly queuedBytes: number;
  readonly retainedCount: number;
  /** Sessions that have ended since the start of the process because their client was away for too long. */
  readonly expiredSessionCount: number;
  /** What the broker remembers over a restart; absent where it remembers nothing. */
  readonly state?: StateStatus;
  /** Publishes accepted since the start of the process, whatever their topic. */
  readonly publishedCount: number;
  /** Refusals since the start of the process, by reason: `badLogin`, `notAuthorized`, `packetTooLarge`, `queueFull`, `journalFull`, … */
  readonly refusals: Readonly<Record<string, number>>;
  /** Connections that ended, by reason. */
  readonly disconnects: Readonly<Record<string, number>>;
}

/** The map of keys to values in which the broker writes down what must outlive a restart. */
export interface StateStatus {
  readonly keyCount: number;
  /** Changes that are not synced yet, and what they take in memory. */
  readonly pendingCount: number;
  readonly pendingBytes: number;
  /** What its log takes on disk, and how much of it is still true. */
  readonly sizeBytes: number;
  readonly liveBytes: number;
  /** Written since the start of the process: changes, and what was copied to keep the log short. */
  readonly writtenBytes: number;
  readonly copiedBytes: number;
  /** Why changes are not written; until they are. */
  readonly lastError?: string;
}

/** Where MQTT clients connect. */
export interface ListenerStatus {
  readonly type: string;
  readonly host: string;
  readonly port: number;
  /** Of each of its files, the certificate that ends first; absent without TLS. */
  readonly certificates?: readonly CertificateStatus[];
  /** Why files that changed are not in use, and what to do about it; what was in use before stays. */
  readonly lastError?: string;
}

/** How long a certificate counts. */
export interface CertificateStatus {
  readonly file: string;
  /** Such as `CN=gateway.local`. */
  readonly subject: string;
  /** ISO 8601. */
  readonly expires: string;
  /** Whole days by the date of the host; negative once it has ended. */
  readonly daysLeft: number;
  readonly state: 'valid' | 'expiring' | 'expired' | 'notYetValid';
}

/** What came of taking the certificate of a listener anew; with `error` the one before stays in use. */
export interface CertificateReload {
  readonly listener: ListenerStatus;
  readonly error?: { readonly code: ErrorCode; readonly message: string };
}

/** One account of the broker, as the part of the gateway that it belongs to sees it. */
export interface AccountStatus {
  readonly connectionCount: number;
  /** How long its publishes have been held back without a pause; 0 if they are not. */
  readonly heldBackMs: number;
  /** Publishes refused since the start of the process, and connections closed for what came in on them. */
  readonly refusedPublishCount: number;
  /** Absent before the first, like the next. */
  readonly lastTopic?: string;
  readonly lastRefusal?: string;
}

/** One serial device. */
export interface SourceStatus {
  readonly id: string;
  readonly type: string;
  /** Absent where there is no port. */
  readonly path?: string;
  /** The name under which it is open, where the configured one is gone. */
  readonly openPath?: string;
  readonly state: 'opening' | 'open' | 'silent' | 'lost';
  /** Bits per second, as configured or as found; absent while they are looked for. */
  readonly baud?: number;
  readonly lastError?: string;
  readonly receivedBytes: number;
  /** Messages that came whole since the start of the process, by protocol: `nmea0183`, `ubx`, `slcan`. */
  readonly messages: Readonly<Record<string, number>>;
  /** Since the last of them; absent before the first. */
  readonly lastMessageAgeMs?: number;
  /** Events handed to the broker, and those it refused. */
  readonly publishedCount: number;
  readonly refusedCount: number;
  readonly reopenCount: number;
  /** What the decoder rejected, by reason. */
  readonly rejections: Readonly<Record<string, number>>;
  /** Only of a satellite receiver. */
  readonly receiver?: ReceiverStatus;
  /** Only of a CAN bus. */
  readonly can?: CanStatus;
  /** Only of an adapter for on-board diagnostics. */
  readonly obd?: ObdStatus;
  /** Only of a selection between receivers. */
  readonly selection?: SelectionStatus;
}

/** A CAN bus: how well it is heard, and what becomes of its frames. */
export interface CanStatus extends CanReductionStatus {
  /** Of the controller that listens; `unknown` where nothing can tell it, as with most SLCAN adapters. */
  readonly busState: CanBusState;
  /** Only of SLCAN, while the port is open. */
  readonly adapter?: CanAdapterStatus;
  /** Only of SocketCAN. */
  readonly controller?: CanControllerStatus;
}

/** What the error frames of a controller said since its interface was opened. */
export interface CanControllerStatus {
  readonly errorFrameCount: number;
  readonly busErrorCount: number;
  readonly busOffCount: number;
  /** Its buffers were too small. */
  readonly overflowCount: number;
  /** Frames that the kernel had to drop since they were not read in time. */
  readonly droppedCount: number;
}

/** What kind of SLCAN adapter it is: they differ in how they are told to keep silent. */
export type SlcanProfile = 'lawicel' | 'canable' | 'unknown';

/** What is known of an SLCAN adapter since its port was opened. */
export interface CanAdapterStatus {
  readonly profile: SlcanProfile;
  /** Whether that is configured, or the adapter has said so since its port was opened; else it is what it was the last time. */
  readonly isCertain: boolean;
  /** Its answers to `V` and `N`. */
  readonly version?: string;
  readonly serial?: string;
  readonly listenOnly: boolean;
  /** Of what the serial line can carry; absent where its rate means nothing, as on USB. */
  readonly lineLoadPercent?: number;
  /** The line has been full for seconds: frames are lost. */
  readonly isSaturated: boolean;
  /** How often its flags, asked for once a second, told of each; 0 where it has no flags. */
  readonly receiveQueueFullCount: number;
  readonly transmitQueueFullCount: number;
  readonly dataOverrunCount: number;
  readonly arbitrationLostCount: number;
  readonly busErrorCount: number;
  /** Commands that it refused, with BEL; some do not know all that they are asked. */
  readonly refusedCommandCount: number;
  /** How often the bus was closed and opened since no frame came. */
  readonly busReopenCount: number;
  /** What a person can do, where something is wrong. */
  readonly advice?: string;
}

/** What became of the frames of a bus since the start of the process. */
export interface CanReductionStatus {
  /** That came whole. */
  readonly frameCount: number;
  /** Of those, with identifiers that no DBC file knows; remote frames are not among them. */
  readonly unknownFrameCount: number;
  /** Messages that were heard, by identifier, those from each sender of a J1939 network apart. */
  readonly knownIdCount: number;
  /** Counted up to 2048. */
  readonly unknownIdCount: number;
  /** Frames with the same bytes as the one before: not decoded. */
  readonly unchangedCount: number;
  /** Frames of messages that `report` drops. */
  readonly leftOutCount: number;
  /** Events `can.message`. */
  readonly eventCount: number;
  /** Frames for each of them; absent before the first. */
  readonly reductionRatio?: number;
  /** Absent where nothing is captured. */
  readonly capture?: CaptureStatus;
}

/** The buffer of raw frames. */
export interface CaptureStatus {
  /** `waiting` for a trigger, or `writing` a file. */
  readonly state: 'waiting' | 'writing';
  readonly bufferedFrameCount: number;
  /** Files written since the start of the process. */
  readonly fileCount: number;
  /** Captures that could not be written. */
  readonly failureCount: number;
  /** Why the last file could not be written. */
  readonly lastError?: string;
}

/** Whose positions a selection passes on. */
export interface SelectionStatus {
  /** Id of the receiver in charge. */
  readonly source: string;
  /** Since the start of the process. */
  readonly switchCount: number;
  /** What each receiver is worth now, by its id. */
  readonly conditions: Readonly<Record<string, 'silent' | 'invalid' | 'valid'>>;
}

/** What a satellite receiver said last, since its port was opened; empty before its first epoch. */
export interface ReceiverStatus {
  /** Whether the last epoch had a fix that passed the gate; if not, why not, in the words of `gnss.position`. */
  readonly isFixValid?: boolean;
  readonly fixFaults?: readonly string[];
  /** What was thought of its date; absent where it was taken as it is, or none was stated. See `docs/events.md`. */
  readonly date?: 'refused' | 'corrected' | 'unresolved';
  readonly weeksAdded?: number;
}

/** The rules engine: Node-RED in a process of its own. */
export interface RulesStatus {
  /**
   * `waiting` tries again by itself, `held` needs a person: the editor is up and the flows stand still until somebody deploys,
   * because Node-RED crashed twice within a minute, its flows flooded the broker, or a flow uses nodes that are not there.
   */
  readonly state: 'waiting' | 'starting' | 'running' | 'held' | 'killed' | 'stopping' | 'stopped';
  readonly lastError?: string;
  /** Of the editor. */
  readonly url: string;
  /** Who may open it; the password is in the file. */
  readonly login: { readonly username: string; readonly passwordFile: string };
  /** Absent while no process runs. */
  readonly pid?: number;
  /** Whether the flows have a connection to the broker. */
  readonly isConnected: boolean;
  /** What they published and the broker refused; since the start of the process. */
  readonly refusedPublishCount: number;
  /** Resident memory by the last heartbeat; 0 before the first. */
  readonly rssBytes: number;
  readonly restartCount: number;
}
