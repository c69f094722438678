import { decodeObdMessage } from '#devices/obd/decode-obd-message.ts';
import { encodeDtc } from '#devices/obd/dtc.ts';
import type { ObdMessage, ObdReading } from '#devices/obd/obd-message.ts';
import { OBD_PIDS } from '#devices/obd/obd-pids.ts';
import { encodeSupportedPids } from '#devices/obd/supported-pids.ts';
import { expectThat, type FuzzTarget } from '#tests/fuzz/fuzz-target.ts';
import { damageBytes, isLikely, pick, randomBytes } from '#tests/fuzz/mutate.ts';
import type { SeededRandom } from '#tests/support/seeded-random.ts';

const PIDS = [...OBD_PIDS.values()];

/** A message as a control unit or a tester sends it. */
function randomMessage(random: SeededRandom): Uint8Array {
  return pick(random, [
    () => Uint8Array.of(0x41, ...randomReadings(random, false)),
    () => Uint8Array.of(0x42, ...randomReadings(random, true)),
    () => Uint8Array.of(0x41, 0x00, ...encodeSupportedPids(0, [random.integer(1, 32), random.integer(1, 32)])),
    () => Uint8Array.of(pick(random, [0x43, 0x47, 0x4a]), ...randomDtcs(random)),
    () =>
      Uint8Array.of(0x49, pick(random, [0, 2, 4, 6, 10]), random.integer(0, 5), ...Buffer.from('WDB9634031L123456')),
    () => Uint8Array.of(0x7f, random.integer(0, 10), pick(random, [0x10, 0x12, 0x78])),
    () => Uint8Array.of(random.integer(0, 10), random.integer(0, 255)),
    () => randomBytes(random, random.integer(0, 40)),
  ])();
}

function randomReadings(random: SeededRandom, isFreezeFrame: boolean): readonly number[] {
  return Array.from({ length: random.integer(1, 6) }, () => {
    const { pid, sizeBytes } = pick(random, PIDS as [(typeof PIDS)[number]]);
    return [pid, ...(isFreezeFrame ? [0] : []), ...randomBytes(random, sizeBytes)];
  }).flat();
}

function randomDtcs(random: SeededRandom): readonly number[] {
  const codes = Array.from(
    { length: random.integer(0, 5) },
    () => encodeDtc(`${pick(random, ['P', 'U'])}0${random.integer(100, 999)}`) ?? [],
  );
  return [...(isLikely(random, 0.5) ? [codes.length] : []), ...codes.flat()];
}

const DTC = /^[PCBU][0-3][0-9A-F]{3}$/;
const VIN = /^[A-HJ-NPR-Z0-9]{17}$/;

/** @throws Error where a message says what none can */
export function expectSound(message: ObdMessage): void {
  if (message.kind === 'values') message.readings.forEach(expectReading);
  if (message.kind === 'dtcs') for (const code of message.dtcs) expectThat(DTC.test(code), () => `code ${code}`);
  if (message.kind === 'vehicle') {
    const { calibrationIds = [], ecuName = '', vin } = message.info;
    expectThat(vin === undefined || VIN.test(vin), () => `VIN ${vin}`);
    for (const text of [ecuName, ...calibrationIds])
      expectThat(/^[\x20-\x7e]*$/.test(text), () => JSON.stringify(text));
  }
}

/** @throws Error where a value is outside of what its bytes can say, or a parameter has too few of them */
export function expectReading({ data, dtc, pid, supportedPids = [], values }: ObdReading): void {
  const known = OBD_PIDS.get(pid);
  expectThat(known === undefined || data.length === known.sizeBytes, () => `PID ${pid} of ${data.length} bytes`);
  expectThat(dtc === undefined || DTC.test(dtc), () => `code ${dtc}`);
  for (const each of supportedPids) expectThat(each > pid && each <= pid + 32, () => `PID ${each} in bitmap ${pid}`);
  for (const [field, value] of Object.entries(values)) {
    const quantity = known?.quantities.find((each) => each.field === field);
    // A value is rounded to where its neighbours stay apart.
    const margin = quantity === undefined ? 0 : quantity.numerator / quantity.denominator;
    const isRight = quantity !== undefined && value >= quantity.minimum - margin && value <= quantity.maximum + margin;
    expectThat(isRight, () => `${field} ${value}`);
  }
}

/** Whole messages of on-board diagnostics. */
export const OBD_MESSAGE_TARGET: FuzzTarget = {
  name: 'obd-messages',
  hasLoosePieces: true,
  generate(random) {
    const message = randomMessage(random);
    return [isLikely(random, 0.6) ? damageBytes(random, message, '\x41\x43\x49\x7f\x00\x20') : message];
  },
  check(input) {
    const message = decodeObdMessage(Buffer.concat(input));
    if (message.isDecoded) expectSound(message.value);
  },
};
