import { composeEpoch } from './compose-epoch.ts';
import type { EpochDraft } from './epoch-draft.ts';
import { findEpochTime, statesWeekAndTime } from './epoch-time.ts';
import type { GnssEpoch } from './gnss-epoch.ts';
import type { GnssMessage, MessageOf } from './gnss-message.ts';
import { gpsUnixMs, LATEST_LEAP_SECONDS, leapSecondsAt } from './gps-time.ts';
import { ReceiverMonitor } from './receiver-monitor.ts';
import { SkyAssembler } from './sky-assembler.ts';
import { DAY_MS } from './time-of-day.ts';
import type { Timeline } from './timeline.ts';
import { TimelineSet } from './timeline-set.ts';

/**
 * Gathers the messages of a receiver, in either protocol, into epochs: what was said of one UTC time is one epoch, whoever said it.
 *
 * It sorts the messages: what is about an epoch goes to its place in time (`timeline-set.ts`, `timeline.ts`), what is about the sky, the
 * heading or the receiver itself is noted and goes with the next epoch that is given out.
 */
export class EpochAssembler {
  readonly #receiver = new ReceiverMonitor();
  readonly #sky = new SkyAssembler();
  readonly #timelines = new TimelineSet((draft, timeline) => this.#giveOut(draft, timeline));
  #given: GnssEpoch[] = [];
  #trueHeadingDeg: number | undefined;
  #ambiguousMessages = 0;
  /** As the receiver states them. */
  #leapSeconds: number | undefined;
  /** From UTC to the time of week, milliseconds within a day, by the latest message that stated both. */
  #itowAheadMs: number | undefined;
  /** The same, as it was announced for the week of the receiver: until that says more. */
  #announcedAheadMs = LATEST_LEAP_SECONDS * 1000;

  /** Messages dropped because their epoch had been given out. */
  get lateMessages(): number {
    return this.#timelines.lateMessages;
  }

  /** Messages dropped because they state no time, and could be those of either of two receivers. */
  get ambiguousMessages(): number {
    return this.#ambiguousMessages;
  }

  /** Of the epoch that began last, if it has stated its time. */
  get timeOfDayMs(): number | undefined {
    return this.#timelines.active.current?.keyMs;
  }

  /** How the receiver itself fares. */
  get receiver(): ReceiverMonitor {
    return this.#receiver;
  }

  /** The epochs that this message completes. */
  push(message: GnssMessage): readonly GnssEpoch[] {
    this.#sort(message);
    return this.#take();
  }

  /** The epoch under way: the input has ended, or its driver saw silence. */
  flush(): readonly GnssEpoch[] {
    this.#timelines.flush();
    return this.#take();
  }

  #take(): readonly GnssEpoch[] {
    if (this.#given.length === 0) return NO_EPOCHS;
    const given = this.#given;
    this.#given = [];
    return given;
  }

  #sort(message: GnssMessage): void {
    switch (message.type) {
      case 'RMC':
        this.#pushDated(message);
        return;
      case 'GGA':
      case 'GNS':
      case 'GLL':
      case 'GST':
      case 'PUBX00':
        this.#pushTimed(message, message.timeOfDayMs);
        return;
      case 'GSA':
        this.#sky.pushUsed(message);
        this.#pushUntimed(message);
        return;
      case 'VTG':
        this.#pushUntimed(message);
        return;
      case 'ZDA':
        this.#pushZda(message);
        return;
      case 'GSV':
        this.#sky.pushPage(message);
        return;
      case 'HDT':
        this.#trueHeadingDeg = message.trueHeadingDeg;
        return;
      case 'THS':
        this.#trueHeadingDeg = hasHeading(message) ? message.trueHeadingDeg : undefined;
        return;
      default:
        this.#sortUbx(message);
    }
  }

  #sortUbx(message: Exclude<GnssMessage, { readonly talker: string }>): void {
    switch (message.type) {
      case 'NAV-PVT':
      case 'NAV-TIMEUTC':
        this.#pushUtc(message);
        return;
      case 'NAV-TIMEGPS':
        this.#receiver.push(message);
        this.#noteLeapSeconds(message.leapSeconds);
        this.#noteWeek(message);
        this.#pushItow(message);
        return;
      case 'NAV-STATUS':
        this.#receiver.push(message);
        this.#pushItow(message);
        return;
      case 'NAV-SOL':
        this.#noteWeek(message);
        this.#pushItow(message);
        return;
      case 'NAV-POSLLH':
      case 'NAV-POSECEF':
      case 'NAV-VELNED':
      case 'NAV-DOP':
        this.#pushItow(message);
        return;
      case 'NAV-EOE':
        this.#endEpoch(message);
        return;
      case 'NAV-SAT':
      case 'NAV-SVINFO':
        this.#sky.pushReport(message);
        return;
      case 'NAV-TIMELS':
        this.#receiver.push(message);
        this.#noteLeapSeconds(message.leapSeconds);
        return;
      case 'ESF-STATUS':
      case 'MON-HW':
      case 'MON-RF':
        this.#receiver.push(message);
        return;
      default:
        return;
    }
  }

  #pushTimed(message: GnssMessage, timeOfDayMs: number | undefined): void {
    if (timeOfDayMs === undefined) this.#pushUntimed(message);
    else this.#timelines.activate(message, timeOfDayMs, undefined).pushTimed(message, timeOfDayMs, undefined);
  }

  #pushUntimed(message: GnssMessage): void {
    const { active, isAmbiguous } = this.#timelines;
    if (isAmbiguous || active.isOfRival(message)) this.#ambiguousMessages++;
    else active.pushUntimed(message);
  }

  #pushDated(message: MessageOf<'RMC'>): void {
    const { timeOfDayMs, dateUnixMs } = message;
    if (timeOfDayMs === undefined) {
      this.#pushUntimed(message);
      return;
    }
    const timeline = this.#timelines.activate(message, timeOfDayMs, undefined);
    if (dateUnixMs !== undefined) timeline.dates.state(timeOfDayMs, dateUnixMs);
    timeline.pushTimed(message, timeOfDayMs, undefined);
  }

  /** The time of a ZDA may be that of its sending. It is part of an epoch only if it states the same time. */
  #pushZda(message: MessageOf<'ZDA'>): void {
    const { timeOfDayMs, dateUnixMs } = message;
    if (timeOfDayMs === undefined) return;
    if (dateUnixMs !== undefined) this.#timelines.stateDate(message, timeOfDayMs, dateUnixMs);
    const { active } = this.#timelines;
    if (active.isAt(message, timeOfDayMs, undefined)) active.pushTimed(message, timeOfDayMs, undefined);
  }

  #pushUtc(message: MessageOf<'NAV-PVT' | 'NAV-TIMEUTC'>): void {
    const { timeOfDayMs, dateUnixMs, itowMs } = message;
    if (timeOfDayMs === undefined) {
      this.#pushItow(message);
      return;
    }
    this.#itowAheadMs = modulo(Math.round((itowMs - timeOfDayMs) / 1000) * 1000, DAY_MS);
    const timeline = this.#timelines.activate(message, timeOfDayMs, itowMs);
    if (dateUnixMs !== undefined) timeline.dates.state(timeOfDayMs, dateUnixMs);
    timeline.pushTimed(message, timeOfDayMs, itowMs);
  }

  #pushItow(message: GnssMessage & { readonly itowMs: number }): void {
    const keyMs = modulo(message.itowMs - (this.#itowAheadMs ?? this.#announcedAheadMs), DAY_MS);
    this.#timelines.activate(message, keyMs, message.itowMs).pushTimed(message, keyMs, message.itowMs);
  }

  #endEpoch({ itowMs }: MessageOf<'NAV-EOE'>): void {
    const { active } = this.#timelines;
    if (active.current?.itowMs === itowMs) active.giveOut();
  }

  #noteLeapSeconds(leapSeconds: number | undefined): void {
    if (leapSeconds === undefined || leapSeconds < 0 || leapSeconds > MAX_LEAP_SECONDS) return;
    this.#leapSeconds = leapSeconds;
    this.#itowAheadMs = modulo(leapSeconds * 1000, DAY_MS);
  }

  /** Sentences state UTC, and must come to the same epoch as a NAV-SOL of years with other leap seconds. */
  #noteWeek(message: MessageOf<'NAV-SOL' | 'NAV-TIMEGPS'>): void {
    if (statesWeekAndTime(message))
      this.#announcedAheadMs = leapSecondsAt(gpsUnixMs(message.week, message.itowMs, 0)) * 1000;
  }

  #giveOut(draft: EpochDraft, timeline: Timeline): void {
    const time = findEpochTime(draft.messages, timeline.dates, this.#leapSeconds);
    const epoch = composeEpoch(draft.messages, time, timeline);
    timeline.previous = epoch;
    if (epoch.mode !== 'none') timeline.previousFix = epoch;
    const sky = this.#sky.take();
    const trueHeadingDeg = this.#trueHeadingDeg;
    this.#trueHeadingDeg = undefined;
    if (trueHeadingDeg !== undefined) epoch.trueHeadingDeg = trueHeadingDeg;
    if (sky !== undefined) {
      epoch.sky = sky;
      epoch.satellitesVisible = sky.length;
    }
    this.#given.push(epoch);
  }
}

/** More than there will be in the life of any receiver, 18 being the count since 2017; it has never been negative. */
const MAX_LEAP_SECONDS = 30;

const NO_EPOCHS: readonly GnssEpoch[] = [];

/** `invalid` denies the heading. */
function hasHeading({ headingQuality }: MessageOf<'THS'>): boolean {
  return headingQuality !== undefined && headingQuality !== 'invalid';
}

function modulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}
