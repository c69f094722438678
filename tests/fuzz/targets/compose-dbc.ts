import { isLikely, pick } from '#tests/fuzz/mutate.ts';
import type { SeededRandom } from '#tests/support/seeded-random.ts';

/** The lines of a DBC file that says a bit of everything; most of it is right, some is at the edge. */
export function composeDbcLines(random: SeededRandom): readonly string[] {
  const messages = Array.from({ length: random.integer(1, 4) }, (_, index) => composeMessage(random, index));
  return [
    `VERSION "${pick(random, ['', '1.0', 'ä'])}"`,
    'NS_ :',
    '    CM_',
    '    BA_DEF_',
    'BS_:',
    'BU_: Engine Gateway',
    'VAL_TABLE_ OnOff 1 "on" 0 "off" ;',
    ...messages.flatMap(({ lines }) => lines),
    'CM_ "the whole network";',
    'BA_DEF_ BO_ "GenMsgCycleTime" INT 0 65535;',
    'BA_DEF_ SG_ "SPN" INT 0 524287;',
    'BA_DEF_ BO_ "VFrameFormat" ENUM "StandardCAN","ExtendedCAN","reserved","J1939PG";',
    'BA_DEF_DEF_ "GenMsgCycleTime" 100;',
    'BA_DEF_DEF_ "VFrameFormat" "StandardCAN";',
    ...messages.flatMap(({ statements }) => statements),
  ];
}

interface ComposedMessage {
  readonly lines: readonly string[];
  readonly statements: readonly string[];
}

function composeMessage(random: SeededRandom, index: number): ComposedMessage {
  const id = isLikely(random, 0.4) ? 0x8000_0000 + random.integer(0, 0x1fff_ffff) : random.integer(0, 0x7ff);
  const sizeBytes = pick(random, [8, 8, 8, 3, 0, 12, 64]);
  const isMultiplexed = isLikely(random, 0.4);
  const names = Array.from({ length: random.integer(0, 6) }, (_, place) => `S${place}`);
  const signals = names.map((name, place) => composeSignal(random, name, sizeBytes, isMultiplexed ? place : undefined));
  const [first = 'S0', second = 'S1'] = names;
  return {
    lines: [`BO_ ${id} M${index}: ${sizeBytes} Engine`, ...signals, ''],
    statements: [
      `CM_ SG_ ${id} ${first} "a comment\nof two lines; with ""quotes""";`,
      `BA_ "GenMsgCycleTime" BO_ ${id} ${random.integer(0, 1000)};`,
      `BA_ "VFrameFormat" BO_ ${id} ${random.integer(0, 3)};`,
      `BA_ "SPN" SG_ ${id} ${first} ${random.integer(0, 600_000)};`,
      `VAL_ ${id} ${first} ${random.integer(-2, 255)} "a" 1 "b" ;`,
      ...(isLikely(random, 0.3) ? [`VAL_ ${id} ${second} OnOff ;`] : []),
      ...(isLikely(random, 0.3) ? [`SIG_VALTYPE_ ${id} ${second} : ${random.integer(0, 3)};`] : []),
      ...(isMultiplexed && isLikely(random, 0.5)
        ? [`SG_MUL_VAL_ ${id} ${second} ${first} 0-3, 5-5, ${random.integer(6, 300)}-300;`]
        : []),
      ...(isLikely(random, 0.2)
        ? [`SIG_GROUP_ ${id} Group 1 : ${names.join(' ')};`, `BO_TX_BU_ ${id} : Engine,Gateway;`]
        : []),
    ],
  };
}

function composeSignal(random: SeededRandom, name: string, sizeBytes: number, place: number | undefined): string {
  const length = pick(random, [1, 2, 8, 8, 16, 32, 64, random.integer(1, 64)]);
  const lastBit = isLikely(random, 0.9) ? Math.max(0, 8 * sizeBytes - 1) : 600;
  const startBit = random.integer(0, lastBit);
  const multiplexing =
    place === undefined ? '' : place === 0 ? ' M' : pick(random, ['', ` m${random.integer(0, 4)}`, ` m${place}M`]);
  const factor = pick(random, ['1', '0.125', '-0.5', '1E-3', '0', '1e300', String(random.next())]);
  const offset = pick(random, ['0', '-40', '0.5', '1E3', '-9007199254740993']);
  const [order, sign] = [random.integer(0, 1), pick(random, ['+', '-'])];
  const unit = pick(random, ['', 'km/h', '°C', 'a"b']);
  return ` SG_ ${name}${multiplexing} : ${startBit}|${length}@${order}${sign} (${factor},${offset}) [${pick(random, ['0|0', '-1|250', '0|1E9'])}] "${unit}" Gateway`;
}
