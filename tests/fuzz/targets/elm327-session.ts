import { Elm327Session } from '#devices/obd/elm327/elm327-session.ts';
import { Elm327Adapter } from '#firmware-sim/elm327/elm327-adapter.ts';
import { ELM327_FIRMWARES } from '#firmware-sim/elm327/elm327-firmware.ts';
import { DEFAULT_ELM327, ELM327_PERSONALITIES, REQUEST_FAILURES } from '#firmware-sim/elm327/elm327-spec.ts';
import { FakeClock } from '#firmware-sim/fake-clock.ts';
import { ObdNetwork } from '#firmware-sim/obd/obd-network.ts';
import { VEHICLE_PROTOCOLS } from '#firmware-sim/obd/obd-protocol.ts';
import { buildDemoVehicle } from '#firmware-sim/vehicle/vehicle.ts';
import { expectThat, type FuzzInput, type FuzzTarget } from '#tests/fuzz/fuzz-target.ts';
import { isLikely, pick, randomBytes } from '#tests/fuzz/mutate.ts';
import { type SeededRandom, seededRandom } from '#tests/support/seeded-random.ts';
import { expectReading } from './obd-messages.ts';

/** So long the adapter is talked to. */
const SESSION_MS = 60_000;
const MAX_STEP_MS = 200;
/** A session that asks without end would not come to the end of the time either. */
const MAX_COMMANDS = 5_000;

/** What the adapter does to an answer, by the first byte of a piece; the others are its material. */
const CHAOS = [
  'honest',
  'honest',
  'honest',
  'noise',
  'damaged',
  'cut',
  'silent',
  'doubled',
  'failing',
  'reset',
  'ignition',
] as const;

const COMMAND = /^(?:|AT[A-Z0-9 @]{1,12}|ST[A-Z0-9]{1,12}|0[13579A][0-9A-F]{0,12})$/;

/** An adapter that answers now so, now so, and the vehicle behind it. Everything comes out of the pieces. */
class ChaoticAdapter {
  readonly clock = new FakeClock(0);
  readonly #pieces: FuzzInput;
  readonly #random: SeededRandom;
  readonly #network: ObdNetwork;
  readonly #adapter: Elm327Adapter;
  readonly #listener: (bytes: Uint8Array) => void;
  #commandCount = 0;
  #chaos: (typeof CHAOS)[number] = 'honest';
  #material: Uint8Array = new Uint8Array();

  constructor(pieces: FuzzInput, listener: (bytes: Uint8Array) => void) {
    this.#pieces = pieces;
    this.#listener = listener;
    const [head = new Uint8Array()] = pieces;
    this.#random = seededRandom(head[0] ?? 0);
    const spec = {
      ...DEFAULT_ELM327,
      protocol: VEHICLE_PROTOCOLS[(head[1] ?? 0) % VEHICLE_PROTOCOLS.length] ?? '6',
      ecuCount: 1 + ((head[2] ?? 0) % 3),
      storedDtcs: ['P0301', 'U0100'],
    };
    this.#network = new ObdNetwork(spec, { vehicle: buildDemoVehicle(), startedMs: 0, random: this.#random.next });
    this.#adapter = new Elm327Adapter({
      ...{ clock: this.clock, random: this.#random.next, baud: spec.baud, network: this.#network },
      firmware: ELM327_FIRMWARES[ELM327_PERSONALITIES[(head[3] ?? 0) % ELM327_PERSONALITIES.length] ?? 'elm327'],
      say: (text) => this.#say(Buffer.from(text, 'latin1')),
    });
  }

  /** The session has written. */
  take(bytes: Uint8Array): void {
    for (const command of Buffer.from(bytes).toString('latin1').split('\r').slice(0, -1)) {
      expectThat(COMMAND.test(command), () => `it wrote ${JSON.stringify(command)}`);
    }
    this.#commandCount += 1;
    expectThat(this.#commandCount <= MAX_COMMANDS, () => `${MAX_COMMANDS} commands in ${this.clock.nowMs()} ms`);
    const piece = this.#pieces[1 + (this.#commandCount % Math.max(1, this.#pieces.length - 1))] ?? new Uint8Array();
    this.#chaos = CHAOS[(piece[0] ?? 0) % CHAOS.length] ?? 'honest';
    this.#material = piece.subarray(1);
    const seldom = (piece[1] ?? 0) % 8 === 0;
    if (this.#chaos === 'failing')
      this.#adapter.failRequests(REQUEST_FAILURES[(piece[1] ?? 0) % REQUEST_FAILURES.length] ?? 'NO DATA', 50);
    if (this.#chaos === 'reset' && seldom) this.#adapter.dipVoltage();
    if (this.#chaos === 'ignition') this.#network.ignition.turn(!seldom, this.clock.nowMs());
    this.#adapter.push(bytes);
    if (this.#chaos === 'noise') this.#later(this.#material);
  }

  #say(honest: Uint8Array): void {
    if (this.#chaos === 'silent' || this.#chaos === 'noise') return;
    const { length } = this.#material;
    const at = (this.#material[0] ?? 0) % (honest.length + 1);
    if (this.#chaos === 'damaged' && length > 1)
      this.#later(honest.map((byte, index) => (index === at ? (this.#material[1] ?? 0) : byte)));
    else if (this.#chaos === 'cut') this.#later(honest.subarray(0, at));
    else this.#later(honest);
    if (this.#chaos === 'doubled') this.#later(honest);
  }

  /** A line takes its time: what is said is heard when the session waits. */
  #later(bytes: Uint8Array): void {
    this.clock.schedule(1, () => this.#listener(bytes));
  }

  [Symbol.dispose](): void {
    this.#adapter[Symbol.dispose]();
  }
}

function runSession(input: FuzzInput): void {
  using adapter: ChaoticAdapter = new ChaoticAdapter(input, (bytes) => session.read(bytes, adapter.clock.nowMs()));
  const { clock } = adapter;
  const session: Elm327Session = new Elm327Session(
    { pids: [0x0c, 0x0d, 0x05].map((pid) => ({ pid, intervalMs: 500 })), protocolNumber: '0' },
    {
      write: (bytes) => adapter.take(bytes),
      onReadings: (readings) => readings.forEach(expectReading),
      onRound: (count) => expectThat(count >= 0 && count <= 3, () => `${count} were answered`),
      onCodes: (_ecu, _status, codes) => {
        for (const code of codes) expectThat(/^[PCBU][0-3][0-9A-F]{3}$/.test(code), () => `code ${code}`);
      },
      onVehicle: ({ vin = 'W00000000W0000000' }) => expectThat(/^[A-HJ-NPR-Z0-9]{17}$/.test(vin), () => `VIN ${vin}`),
      onVoltage: (volts = 0) => expectThat(volts >= 0 && volts < 100, () => `${volts} V`),
      onChange: () => {},
    },
  );
  for (let ticks = 0; clock.nowMs() < SESSION_MS; ticks++) {
    session.tick(clock.nowMs());
    const waitMs = session.dueMs - clock.nowMs();
    expectThat(
      ticks < 4 * MAX_COMMANDS && !Number.isNaN(waitMs),
      () => `it is due at ${session.dueMs} again and again`,
    );
    // In steps, for what is heard meanwhile may change when it is due.
    clock.advance(Math.min(Math.max(waitMs, 1), MAX_STEP_MS));
  }
}

/** A session with an adapter that cannot be relied on. The first piece says which adapter and vehicle, each other one what becomes of an answer. */
export const ELM327_SESSION_TARGET: FuzzTarget = {
  name: 'elm327-session',
  hasLoosePieces: true,
  generate(random) {
    const material = () =>
      pick(random, [() => randomBytes(random, random.integer(0, 30)), () => Buffer.from(pick(random, TEXTS))])();
    const isCalm = isLikely(random, 0.3);
    return [
      randomBytes(random, 4),
      ...Array.from({ length: random.integer(1, 40) }, () => {
        const kind = isCalm && isLikely(random, 0.9) ? 0 : random.integer(0, CHAOS.length - 1);
        return Buffer.concat([Uint8Array.of(kind), material()]);
      }),
    ];
  },
  check: runSession,
};

const TEXTS = [
  '>',
  '\r\r>',
  '?\r\r>',
  'OK\r\r>',
  'SEARCHING...\r',
  '41 0C FF FF \r\r>',
  '7E8 03 41 0D FF \r\r>',
  '7E8 10 14 49 02 01 57 53 54 \r\r>',
  '014 \r0: 49 02 01 00 00 00 \r\r>',
  'BUS INIT: ...OK\r\r>',
  'ELM327 v1.5\r\r>',
  'LV RESET\r\r>',
  'UNABLE TO CONNECT\r\r>',
  'ATRV\r99.9V\r\r>',
  '<DATA ERROR\r>',
  '\0\0\0>',
] as const;
