import type { DtcTracker } from '#devices/obd/dtc-tracker.ts';
import type { ObdVehicle } from '#devices/obd/elm327/discover-vehicle.ts';
import { Elm327Session, type ElmOptions } from '#devices/obd/elm327/elm327-session.ts';
import type { ObdStatus } from '#gateway/model/obd-status.ts';
import type { Cancel } from '#gateway/runtime/clock.ts';
import type { DeviceReader, SendEvent } from './device-source.ts';
import { encodeObdDtc, encodeObdPids, encodeObdVehicle } from './elm327-event.ts';
import type { SourceContext } from './source.ts';

/** What an opening of a port offers. */
export interface ReaderPorts {
  readonly send: SendEvent;
  readonly tellStatus: () => void;
  readonly write: (bytes: Uint8Array) => void;
}

/** Over so long the parameters a second are counted. */
const RATE_WINDOW_MS = 5000;

/** Drives the conversation of one opening: owns its timer, makes events of what is read. */
export class Elm327Reader implements DeviceReader {
  readonly #context: Pick<SourceContext, 'clock' | 'timekeeper'>;
  readonly #session: Elm327Session;
  readonly #configured: ElmOptions['pids'];
  #vehicle: ObdVehicle | undefined;
  #volts: number | undefined;
  #rate = { sinceMs: 0, count: 0, perSecond: 0 };
  #cancel: Cancel | undefined;

  constructor(options: ElmOptions, tracker: DtcTracker, ports: ReaderPorts, context: SourceContext) {
    this.#context = context;
    this.#configured = options.pids;
    const stamp = () => context.timekeeper.stamp();
    this.#session = new Elm327Session(options, {
      write: (bytes) => ports.write(bytes),
      onReadings: (readings) => ports.send('pids', encodeObdPids(readings, stamp())),
      onRound: (count) => this.#count(count),
      onCodes: (ecu, status, codes, isWhole) => {
        for (const change of tracker.take(ecu, status, codes, isWhole))
          ports.send('dtc', encodeObdDtc(change, stamp()));
      },
      onVehicle: (vehicle) => {
        this.#vehicle = vehicle;
        this.#rate = { sinceMs: context.clock.monotonicMs(), count: 0, perSecond: 0 };
        ports.send('vehicle', encodeObdVehicle(vehicle, this.#configured, stamp()));
      },
      onVoltage: (volts) => {
        this.#volts = volts;
      },
      onChange: () => ports.tellStatus(),
    });
  }

  read(chunk: Uint8Array): void {
    this.#session.read(chunk, this.#context.clock.monotonicMs());
    this.#arm();
  }

  /** An adapter thinks as long as it likes. */
  flush(): void {}

  tick(): void {
    this.#session.tick(this.#context.clock.monotonicMs());
    this.#arm();
  }

  close(): void {
    this.#cancel?.();
  }

  messages(): Readonly<Record<string, number>> {
    return { elm327: this.#session.replyCount };
  }

  rejections(): Readonly<Record<string, number>> {
    return this.#session.rejections;
  }

  obd(): ObdStatus {
    const { state, adapter } = this.#session;
    const protocol = this.#vehicle?.protocol?.name;
    const isPolling = state === 'polling';
    return {
      state,
      ...(adapter === undefined ? {} : { adapter }),
      ...(protocol === undefined ? {} : { protocol }),
      ...(this.#volts === undefined ? {} : { voltageV: this.#volts }),
      ignition: isPolling ? 'on' : state === 'resting' ? 'off' : 'unknown',
      pidsPerSecond: isPolling ? this.#rate.perSecond : 0,
    };
  }

  /** The ticks of the port come twice a second; the next question may be due before. */
  #arm(): void {
    this.#cancel?.();
    const delayMs = this.#session.wakeMs - this.#context.clock.monotonicMs();
    if (delayMs < Number.POSITIVE_INFINITY)
      this.#cancel = this.#context.clock.schedule(Math.max(0, delayMs), () => this.tick());
  }

  #count(answeredCount: number): void {
    const nowMs = this.#context.clock.monotonicMs();
    this.#rate.count += answeredCount;
    const { sinceMs, count } = this.#rate;
    if (nowMs - sinceMs < RATE_WINDOW_MS) return;
    const perSecond = Math.round((count / (nowMs - sinceMs)) * 10_000) / 10;
    this.#rate = { sinceMs: nowMs, count: 0, perSecond };
  }
}
