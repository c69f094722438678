import { sayEpoch } from '#devices/gps/fake-receiver.ts';
import { gpsMoment, sayUbxEpoch } from '#devices/gps/fake-ubx-receiver.ts';
import { GnssDecoder } from '#devices/gps/gnss-decoder.ts';
import type { GnssEpoch } from '#devices/gps/gnss-epoch.ts';
import type { UbxMessage } from '#devices/ubx/ubx-message.ts';
import { expectThat, type FuzzInput, type FuzzTarget } from '#tests/fuzz/fuzz-target.ts';
import { composeStream, cutAnew, isLikely, pick } from '#tests/fuzz/mutate.ts';
import type { SeededRandom } from '#tests/support/seeded-random.ts';

const NOON_MS = Date.UTC(2026, 10, 20, 12);
const DAY_MS = 86_400_000;
const ADDRESSES = ['GNRMC', 'GPRMC', 'GNGGA', 'GPGGA', 'GNGNS', 'GPGLL', 'GPGSA', 'GNVTG', 'GPZDA'] as const;
const MESSAGES = ['NAV-PVT', 'NAV-SOL', 'NAV-POSLLH', 'NAV-VELNED', 'NAV-STATUS', 'NAV-DOP', 'NAV-EOE'] as const;

function randomFacts(random: SeededRandom) {
  const timeOfDayMs = (NOON_MS % DAY_MS) + 200 * random.integer(0, 20);
  const mode = pick(random, ['none', '2d', '3d', '3d'] as const);
  return {
    timeOfDayMs,
    dateUnixMs: NOON_MS - (NOON_MS % DAY_MS),
    mode,
    latitudeDeg: random.integer(-90, 90),
    longitudeDeg: random.integer(-180, 180),
  };
}

function sentence(random: SeededRandom): Uint8Array {
  const [line = ''] = sayEpoch(randomFacts(random), [pick(random, ADDRESSES)]);
  return Buffer.from(`${line}\r\n`, 'latin1');
}

function ubxFrame(random: SeededRandom): Uint8Array {
  const facts = randomFacts(random);
  const type: UbxMessage['type'] = pick(random, MESSAGES);
  return sayUbxEpoch(facts, gpsMoment(facts.dateUnixMs + facts.timeOfDayMs), [type]);
}

/** One byte of the content is another: every checksum of one byte or two sees that. */
function spoilt(random: SeededRandom, bytes: Uint8Array, from: number, to: number): Uint8Array {
  const index = random.integer(from, bytes.length - to);
  const byte = bytes[index] ?? 0;
  // A digit for a digit, so that only the checksum can tell.
  const isDigit = byte >= 0x30 && byte <= 0x39;
  return bytes.with(
    index,
    isDigit ? 0x30 + ((byte - 0x30 + random.integer(1, 9)) % 10) : byte ^ (1 << random.integer(0, 6)),
  );
}

function read(input: FuzzInput): readonly GnssEpoch[] {
  const decoder = new GnssDecoder();
  return [...input.flatMap((chunk) => decoder.push(chunk)), ...decoder.flush()];
}

function expectEpoch(epoch: GnssEpoch): void {
  const {
    hdop = 0,
    headingDeg = 0,
    latitudeDeg = 0,
    longitudeDeg = 0,
    mode,
    satellitesUsed = 0,
    speedMps = 0,
    timeOfDayMs = 0,
  } = epoch;
  const isRight =
    Math.abs(latitudeDeg) <= 90 &&
    Math.abs(longitudeDeg) <= 180 &&
    headingDeg >= 0 &&
    headingDeg <= 360 &&
    speedMps >= 0 &&
    Number.isFinite(speedMps) &&
    hdop >= 0 &&
    satellitesUsed >= 0 &&
    timeOfDayMs >= 0 &&
    timeOfDayMs <= 86_400_999;
  expectThat(isRight, () => JSON.stringify(epoch));
  expectThat(
    mode !== 'none' || epoch.latitudeDeg === undefined,
    () => `a place without a fix: ${JSON.stringify(epoch)}`,
  );
  expectThat((epoch.latitudeDeg === undefined) === (epoch.longitudeDeg === undefined), () => 'half a place');
}

function streamTarget(name: string, make: (random: SeededRandom) => Uint8Array, about: string): FuzzTarget {
  return {
    name,
    hasLoosePieces: true,
    generate: (random) => composeStream(random, () => make(random), about),
    check(input) {
      const epochs = read(input);
      epochs.forEach(expectEpoch);
      const [inChunks, asWhole] = [epochs, read([Buffer.concat(input)])].map((each) => JSON.stringify(each));
      expectThat(inChunks === asWhole, () => `in chunks:\n${inChunks}\nas a whole:\n${asWhole}`);
    },
    open() {
      const decoder = new GnssDecoder();
      return (input) => {
        for (const chunk of input) decoder.push(chunk);
      };
    },
  };
}

function spoiltTarget(name: string, makeSpoilt: (random: SeededRandom) => Uint8Array): FuzzTarget {
  return {
    name,
    hasLoosePieces: false,
    generate(random) {
      const pieces = Array.from({ length: random.integer(1, 8) }, () => makeSpoilt(random));
      // Shrinking leaves out pieces, which must stay what they are.
      return isLikely(random, 0.5) ? pieces : cutAnew(random, pieces);
    },
    check(input) {
      const places = read(input).filter(({ latitudeDeg }) => latitudeDeg !== undefined);
      expectThat(places.length === 0, () => `a place out of damaged input: ${JSON.stringify(places)}`);
    },
  };
}

/** Satellite receivers: both protocols, and input of which every piece has a wrong checksum. */
export const GNSS_TARGETS: readonly FuzzTarget[] = [
  streamTarget('nmea', sentence, '$!*,.\r\n0123456789ABCDEFNSWEGPRMC'),
  streamTarget(
    'ubx',
    (random) => (isLikely(random, 0.8) ? ubxFrame(random) : sentence(random)),
    '\xb5\x62\x01\x07\xd3\x00$\r\n',
  ),
  // Between the sign and the star, and behind header and length.
  spoiltTarget('nmea-checksum', (random) => spoilt(random, sentence(random), 1, 6)),
  spoiltTarget('ubx-checksum', (random) => spoilt(random, ubxFrame(random), 6, 3)),
];
