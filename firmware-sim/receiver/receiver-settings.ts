import type { MessageName, ReceiverSpec, SentenceName } from './receiver-spec.ts';

/** What a host may change while the receiver runs. */
export interface ReceiverSettings {
  readonly intervalMs: number;
  readonly baud: number;
  /** In the order of sending. */
  readonly sentences: readonly SentenceName[];
  readonly messages: readonly MessageName[];
  /** Frames of RTCM 3 now and then. */
  readonly hasCorrections: boolean;
}

/** As the receiver was left at the factory: by its scenario. */
export function initialSettings({ baud, messages, protocol, rateHz, sentences }: ReceiverSpec): ReceiverSettings {
  return {
    intervalMs: Math.round(1000 / rateHz),
    baud,
    sentences: protocol === 'ubx' ? [] : sentences,
    messages: protocol === 'nmea' ? [] : messages,
    hasCorrections: protocol === 'mixed',
  };
}
