/**
 * Sources open serial ports, move their bytes into `devices`, and publish what comes out as events.
 *
 * They never journal, never talk to a hub and never end the process: a port that is missing is tried again for ever, and says so.
 * Start reading here, then `prepare-source.ts` and `gnss-source.ts`; `serial-port.ts` is what keeps a port open, `event-outlet.ts` what bounds memory.
 */
import type { DeviceMemory } from '#gateway/model/device-memory.ts';
import type { ReportGnss } from '#gateway/model/gnss-report.ts';
import type { Publisher } from '#gateway/model/message.ts';
import type { SourceStatus } from '#gateway/model/status.ts';
import type { Clock } from '#gateway/runtime/clock.ts';
import type { Logger } from '#gateway/runtime/logger.ts';
import type { Timekeeper } from '#gateway/runtime/timekeeper.ts';
import type { FrameCapture } from './can/frame-capture.ts';
import type { CommandFeed } from './command-feed.ts';
import type { DeviceTaps } from './device-taps.ts';
import type { PositionFeed } from './position-feed.ts';
import type { OpenSerialLink } from './serial-link.ts';

/** A device that is read. Closing it stops the input, then waits for what it had published. */
export interface Source extends AsyncDisposable {
  status(): SourceStatus;
}

/** What sources need of the rest of the gateway. */
export interface SourceContext {
  readonly publisher: Publisher;
  readonly clock: Clock;
  /** Says what time it is. */
  readonly timekeeper: Pick<Timekeeper, 'stamp'>;
  /** Is told every epoch of a satellite receiver, before its event is published. */
  readonly reportGnss: ReportGnss;
  /** Carries the positions of receivers to what is made of them. */
  readonly positions: PositionFeed;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
  /** What was learnt of the devices, over restarts. */
  readonly memory: DeviceMemory;
  /** Is shown every chunk that comes from a port. */
  readonly taps?: Pick<DeviceTaps, 'noteBytes'>;
  /** Brings commands to the device; absent where nobody gives any. */
  readonly commands?: Pick<CommandFeed, 'listen'>;
  /** Where raw frames may be captured to; absent: nowhere. */
  readonly captureFolder?: string;
  /** The capture of the bus that is opened; absent where there is none. */
  readonly capture?: FrameCapture | undefined;
  readonly openLink: OpenSerialLink;
}
