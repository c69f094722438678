import { type FixFault, type FixLimits, INITIAL_GATE, stepFixGate } from '#devices/gps/fix-gate.ts';
import { GnssDecoder } from '#devices/gps/gnss-decoder.ts';
import type { GnssEpoch } from '#devices/gps/gnss-epoch.ts';
import { encodeEvent, stampedTime } from '#gateway/model/event-payload.ts';
import {
  DEFAULT_GNSS_QUALITY,
  DEFAULT_SKY_INTERVAL_MS,
  type GnssQuality,
  type WeekRollover,
} from '#gateway/model/gnss-quality.ts';
import type { GnssReport } from '#gateway/model/gnss-report.ts';
import type { Stamp } from '#gateway/model/message.ts';
import type { ReceiverStatus } from '#gateway/model/status.ts';
import { ArrivalLog } from './arrival-log.ts';
import type { DeviceReader, SendEvent } from './device-source.ts';
import { dateEpoch, type EpochDate } from './epoch-date.ts';
import { epochTime, KMH_PER_MPS, positionData, skyData } from './gnss-event.ts';
import { leapSecondToday } from './leap-second.ts';
import type { SourceContext } from './source.ts';

/** How a receiver is read. */
export interface GnssReading {
  readonly id: string;
  readonly path: string;
  readonly quality?: GnssQuality;
  readonly weekRollover?: WeekRollover;
  /** Least time between two sky views that are published; 0 publishes none. */
  readonly skyIntervalMs?: number;
}

/** The rest of the gateway, as far as a receiver needs it. */
type Surroundings = Pick<SourceContext, 'timekeeper' | 'reportGnss' | 'positions' | 'logger'>;

/**
 * What one opening of a receiver's port says, as events: `position` for each epoch, with or without a fix; `sky` now and then;
 * `receiver` when its antenna, jamming or the like change. Each epoch goes through the gate, its date is judged by the day of the
 * release, and it is reported to the gateway.
 */
export class GnssReader implements DeviceReader {
  readonly #decoder = new GnssDecoder();
  readonly #device: GnssReading;
  readonly #limits: FixLimits;
  readonly #send: SendEvent;
  readonly #tellStatus: () => void;
  readonly #context: Surroundings;
  #gate = INITIAL_GATE;
  /** An epoch is given out at its end, or later; its time is that of its first byte. */
  readonly #arrivals = new ArrivalLog();
  #skyMs = Number.NEGATIVE_INFINITY;
  #receiverChanges = 0;
  #receiverMs = Number.NEGATIVE_INFINITY;
  #status: ReceiverStatus = {};
  /** Judgements on dates that the log has: each once an opening. */
  readonly #logged = new Set<EpochDate['date']>();

  constructor(device: GnssReading, send: SendEvent, tellStatus: () => void, context: Surroundings) {
    const { maxSpeedKmh, ...limits } = device.quality ?? DEFAULT_GNSS_QUALITY;
    this.#device = device;
    this.#limits = { ...limits, maxSpeedMps: maxSpeedKmh / KMH_PER_MPS };
    this.#send = send;
    this.#tellStatus = tellStatus;
    this.#context = context;
  }

  read(chunk: Uint8Array): void {
    const now = this.#context.timekeeper.stamp();
    this.#arrivals.note(chunk.length, now);
    this.#take(this.#decoder.push(chunk), now);
    this.#tellReceiver(now);
  }

  flush(): void {
    const now = this.#context.timekeeper.stamp();
    this.#take(this.#decoder.flush(), now);
    this.#tellReceiver(now);
  }

  messages(): Readonly<Record<string, number>> {
    return this.#decoder.messageCounts;
  }

  rejections(): Readonly<Record<string, number>> {
    return this.#decoder.rejections;
  }

  receiver(): ReceiverStatus {
    return this.#status;
  }

  #take(epochs: readonly GnssEpoch[], now: Stamp): void {
    for (const epoch of epochs) {
      const offset = this.#decoder.beginningOf(epoch);
      this.#publish(epoch, (offset === undefined ? undefined : this.#arrivals.find(offset)) ?? now, now);
    }
  }

  #publish(epoch: GnssEpoch, arrival: Stamp, now: Stamp): void {
    const { id, path, weekRollover = 'refuse' } = this.#device;
    const { reportGnss, positions } = this.#context;
    const [gate, faults] = stepFixGate(this.#gate, arrival.monotonicMs, epoch, this.#limits);
    this.#gate = gate;
    const dated = dateEpoch(epoch, weekRollover);
    const isGood = faults.length === 0;
    const trusted = isGood && dated.unixMs !== undefined ? this.#trust(dated.unixMs) : {};
    reportGnss({ device: id, path, epoch, arrival, isGood, ...trusted });
    const time = epochTime(dated, now);
    const data = positionData(epoch, faults, dated);
    this.#send('position', encodeEvent('gnss.position', time, data));
    positions.tell({ device: id, isValid: isGood, time, data });
    const { skyIntervalMs = DEFAULT_SKY_INTERVAL_MS } = this.#device;
    if (epoch.sky !== undefined && skyIntervalMs > 0 && now.monotonicMs - this.#skyMs >= skyIntervalMs) {
      this.#skyMs = now.monotonicMs;
      this.#send('sky', encodeEvent('gnss.sky', time, skyData(epoch.sky)));
    }
    this.#note(faults, epoch.unixMs === undefined ? this.#status : dated);
  }

  /** On change, and not more often than {@link RECEIVER_INTERVAL_MS}: what comes and goes in between is told as it stands then. */
  #tellReceiver(now: Stamp): void {
    const { changeCount, state } = this.#decoder.receiver;
    if (changeCount === this.#receiverChanges || now.monotonicMs - this.#receiverMs < RECEIVER_INTERVAL_MS) return;
    this.#receiverChanges = changeCount;
    this.#receiverMs = now.monotonicMs;
    this.#send('receiver', encodeEvent('gnss.receiver', stampedTime(now), state));
  }

  #trust(unixMs: number): Pick<GnssReport, 'trustedUnixMs' | 'leapSecond'> {
    return { trustedUnixMs: unixMs, ...leapSecondToday(unixMs, this.#decoder.receiver.state.announcedLeapSecond) };
  }

  /** The status of the device tells of its dates at once, of its fixes when it is told the next time: they come and go. */
  #note(faults: readonly FixFault[], { date, weeksAdded }: EpochDate): void {
    const before = this.#status.date;
    this.#status = {
      isFixValid: faults.length === 0,
      ...(faults.length === 0 ? {} : { fixFaults: faults }),
      ...(date === undefined ? {} : { date }),
      ...(weeksAdded === undefined ? {} : { weeksAdded }),
    };
    if (date === before) return;
    this.#tellStatus();
    if (this.#logged.has(date)) return;
    this.#logged.add(date);
    const fields = { device: this.#device.id, ...(weeksAdded === undefined ? {} : { weeksAdded }) };
    if (date === undefined) this.#context.logger.info(fields, 'The date of the receiver can be right.');
    else this.#context.logger.warn(fields, DATE_WARNINGS[date]);
  }
}

/** Least time between two events `gnss.receiver`. */
export const RECEIVER_INTERVAL_MS = 5000;
const DATE_WARNINGS = {
  refused:
    'The date of the receiver cannot be right and is refused. If its count of weeks has rolled over, weekRollover: correct mends it.',
  corrected: 'The count of weeks of the receiver has rolled over; its dates are corrected.',
  unresolved: 'The receiver does not trust its time itself yet, so it is not taken.',
} as const;
