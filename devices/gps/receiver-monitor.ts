import type { EsfStatus } from '#devices/ubx/esf-status.ts';
import type { AntennaPower, AntennaState, JammingState } from '#devices/ubx/front-end-state.ts';
import type { MessageOf } from './gnss-message.ts';

/** Keeps the {@link ReceiverState} and counts its changes. */
export class ReceiverMonitor {
  #state: ReceiverState = {};
  #changeCount = 0;

  get state(): ReceiverState {
    return this.#state;
  }

  /** Grows with every change, so that whoever publishes the state sees whether it has to. */
  get changeCount(): number {
    return this.#changeCount;
  }

  push(message: MessageOf<'MON-HW' | 'MON-RF' | 'ESF-STATUS' | 'NAV-TIMELS' | 'NAV-TIMEGPS' | 'NAV-STATUS'>): void {
    switch (message.type) {
      case 'MON-HW':
        this.#note({ antenna: message.antenna, antennaPower: message.antennaPower, jamming: message.jamming });
        break;
      case 'MON-RF':
        this.#note({
          antenna: worst(
            ANTENNA_WORST_FIRST,
            message.bands.map(({ antenna }) => antenna),
          ),
          antennaPower: worst(
            POWER_WORST_FIRST,
            message.bands.map(({ antennaPower }) => antennaPower),
          ),
          jamming: worst(
            JAMMING_WORST_FIRST,
            message.bands.map(({ jamming }) => jamming),
          ),
        });
        break;
      case 'ESF-STATUS':
        this.#note({ fusion: message.fusionMode });
        break;
      case 'NAV-STATUS':
        // Most receivers do not watch for it, and say so in every epoch.
        if (message.spoofing !== 'unknown' || this.#state.spoofing !== undefined)
          this.#note({ spoofing: message.spoofing });
        break;
      case 'NAV-TIMEGPS':
        this.#note({ leapSeconds: message.leapSeconds });
        break;
      default:
        this.#note({ leapSeconds: message.leapSeconds, announcedLeapSecond: message.announcedChangeS });
    }
  }

  #note(news: { readonly [Key in keyof ReceiverState]: ReceiverState[Key] | undefined }): void {
    const changes = Object.entries(news).filter(
      // `news` has keys of the state only.
      ([key, value]) => value !== undefined && value !== this.#state[key as keyof ReceiverState],
    );
    if (changes.length === 0) return;
    this.#state = { ...this.#state, ...Object.fromEntries(changes) };
    this.#changeCount++;
  }
}

/** How a receiver itself fares, as far as it has said so; what is absent was not stated. */
export interface ReceiverState {
  /** Of several antennas the worst. */
  readonly antenna?: AntennaState;
  readonly antennaPower?: AntennaPower;
  /** Of several bands the worst. */
  readonly jamming?: JammingState;
  /** Whether somebody counterfeits the satellites. */
  readonly spoofing?: MessageOf<'NAV-STATUS'>['spoofing'];
  /** Whether dead reckoning is ready to bridge a tunnel. */
  readonly fusion?: EsfStatus['fusionMode'];
  /** GPS time ahead of UTC. */
  readonly leapSeconds?: number;
  /** 1: a second will be inserted, -1: one will be left out, 0: none is scheduled. */
  readonly announcedLeapSecond?: number;
}

function worst<T extends string>(worstFirst: readonly T[], values: readonly T[]): T | undefined {
  return worstFirst.find((value) => values.includes(value));
}

const ANTENNA_WORST_FIRST: readonly AntennaState[] = ['short', 'open', 'initializing', 'ok', 'unknown'];
const POWER_WORST_FIRST: readonly AntennaPower[] = ['off', 'on', 'unknown'];
const JAMMING_WORST_FIRST: readonly JammingState[] = ['critical', 'warning', 'ok', 'unknown'];
