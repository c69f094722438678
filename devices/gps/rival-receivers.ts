import type { GnssEpoch } from './gnss-epoch.ts';
import { type GnssMessage, talkerOf } from './gnss-message.ts';
import { vouchForFix } from './vouch-for-fix.ts';

/**
 * Two receivers on one line state the same times and different places. Then only one of them counts, lest the place of one go with the
 * speed or the mode of the other: the one that goes on from the epoch before, else the one that was heard first.
 *
 * @returns the messages that count: all of them, unless their places contradict each other
 */
export function withoutRivals(
  messages: readonly GnssMessage[],
  previous: GnssEpoch | undefined,
): readonly GnssMessage[] {
  return isContested(messages) ? ofOneReceiver(messages.map(placed), messages, previous) : messages;
}

/** Whether messages of one moment state places that are not those of one receiver. */
export function isContested(messages: readonly GnssMessage[]): boolean {
  let first: PlacedMessage | undefined;
  for (const message of messages) {
    if (!isPlaced(message)) continue;
    first ??= message;
    if (!agree(first, message)) return true;
  }
  return false;
}

function ofOneReceiver(
  places: readonly (PlacedMessage | undefined)[],
  messages: readonly GnssMessage[],
  previous: GnssEpoch | undefined,
): readonly GnssMessage[] {
  const candidates = places.filter((place) => place !== undefined);
  const counting = candidates.reduce((best, next) =>
    distanceTo(previous, next) < distanceTo(previous, best) ? next : best,
  );
  const isOwn = (place: PlacedMessage) => agree(counting, place);
  const rivalTalkers = new Set(candidates.filter((place) => !isOwn(place)).map(talkerOf));
  return messages.filter((message, index) => {
    const place = places[index];
    if (place !== undefined) return isOwn(place);
    // What states no place is the counting receiver's only if nobody else has its name. What denies the fix always counts [S2].
    const isNamed = talkerOf(message) === talkerOf(counting) && !rivalTalkers.has(talkerOf(message));
    return isNamed || vouchForFix(message) === false;
  });
}

type PlacedMessage = GnssMessage & Place;

interface Place {
  readonly latitudeDeg: number;
  readonly longitudeDeg: number;
}

function placed(message: GnssMessage): PlacedMessage | undefined {
  return isPlaced(message) ? message : undefined;
}

function isPlaced(message: GnssMessage): message is PlacedMessage {
  switch (message.type) {
    case 'GGA':
    case 'GNS':
    case 'RMC':
    case 'GLL':
    case 'PUBX00':
    case 'NAV-PVT':
      return message.latitudeDeg !== undefined && message.longitudeDeg !== undefined && vouchForFix(message) === true;
    default:
      return false;
  }
}

/** Two sentences of one type that state different places are those of two receivers; those of two types may differ by their age. */
function agree(one: PlacedMessage, other: PlacedMessage): boolean {
  return distanceDeg(one, other) <= (one.type === other.type ? MAX_REPETITION_DEG : MAX_DIFFERENCE_DEG);
}

function distanceTo(previous: GnssEpoch | undefined, place: Place): number {
  if (previous?.latitudeDeg === undefined || previous.longitudeDeg === undefined) return 0;
  return distanceDeg({ latitudeDeg: previous.latitudeDeg, longitudeDeg: previous.longitudeDeg }, place);
}

/** In degrees of latitude, good enough to tell near from far. */
function distanceDeg(from: Place, to: Place): number {
  const north = Math.abs(to.latitudeDeg - from.latitudeDeg);
  if (to.longitudeDeg === from.longitudeDeg) return north;
  const east = Math.abs(((to.longitudeDeg - from.longitudeDeg + 540) % 360) - 180);
  return Math.max(north, east * Math.cos((to.latitudeDeg * Math.PI) / 180));
}

/** About 20 m: what a receiver with few decimals, or with a fix per satellite system, may differ from itself. */
const MAX_REPETITION_DEG = 2e-4;
/** About 300 m: what an aeroplane flies in a second, if one of its sentences is that much older. */
const MAX_DIFFERENCE_DEG = 3e-3;
