import type { GnssSentence } from '#devices/nmea0183/gnss-sentence.ts';
import type { UbxMessage } from '#devices/ubx/ubx-message.ts';

/**
 * What a receiver says, in either protocol: sentences (`#devices/nmea0183`) and UBX messages (`#devices/ubx`), told apart by `type`.
 * All units are SI, angles degrees; `undefined` is «not stated».
 */
export type GnssMessage = GnssSentence | UbxMessage;

/** One type of message, as {@link GnssMessage} has it. */
export type MessageOf<Type extends GnssMessage['type']> = Extract<GnssMessage, { readonly type: Type }>;

/** Who says it: of a sentence the two letters, of a UBX message nobody. */
export function talkerOf(message: GnssMessage): string {
  return 'talker' in message ? message.talker : '';
}
