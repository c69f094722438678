import { FUNCTIONAL_ID } from '#devices/obd/obd-address.ts';
import { segmentIsoTp } from '#devices/obd/segment-iso-tp.ts';
import type { Vehicle } from '#firmware-sim/vehicle/vehicle.ts';
import { Ignition } from './electrics.ts';
import { ObdEcu } from './obd-ecu.ts';
import { hasLongIds, isCanProtocol, type VehicleProtocol } from './obd-protocol.ts';
import { ecusOf } from './vehicle-ecus.ts';

/** The diagnostic side of a vehicle: see the scenario for what each means. */
export interface ObdNetworkSpec {
  readonly protocol: VehicleProtocol;
  readonly ecuCount: number;
  readonly storedDtcs: readonly string[];
  readonly pendingDtcs: readonly string[];
  readonly permanentDtcs: readonly string[];
  readonly vin: string;
  readonly hasPendingResponses: boolean;
}

/** What {@link ObdNetwork} needs of its surroundings. */
export interface ObdNetworkOptions {
  readonly vehicle: Vehicle;
  /** When the vehicle started, by the clock that times are given in. */
  readonly startedMs: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** A request as it is on the bus. */
export interface ObdRequest {
  /** Service and parameters. */
  readonly payload: Uint8Array;
  /** Undefined: to everybody. */
  readonly requestId: number | undefined;
  /** Whether the tester lets go on who has more to say than fits a frame. */
  readonly hasFlowControl: boolean;
}

/** One frame of an answer, or on Keyword Protocol 2000 a message. */
export interface EcuFrame {
  readonly transport: 'can' | 'kwp';
  /** Since the request. */
  readonly afterMs: number;
  /** The identifier in two or four bytes; on Keyword Protocol 2000 format, target and source. */
  readonly header: Uint8Array;
  /** With the control bytes of ISO-TP, and padding. */
  readonly data: Uint8Array;
}

/** All control units behind the diagnostic connector, and the key. */
export class ObdNetwork {
  readonly ignition: Ignition;
  readonly #spec: ObdNetworkSpec;
  readonly #options: ObdNetworkOptions;
  readonly #ecus: readonly ObdEcu[];

  constructor(spec: ObdNetworkSpec, options: ObdNetworkOptions) {
    this.#spec = spec;
    this.#options = options;
    this.ignition = new Ignition(options.startedMs);
    this.#ecus = ecusOf(spec.ecuCount, spec.vin).map((ecu) => {
      const isEngine = ecu.index === 0;
      const codesOf = (codes: readonly string[]) => (isEngine ? codes : []);
      return new ObdEcu(ecu, {
        stored: codesOf(spec.storedDtcs),
        pending: codesOf(spec.pendingDtcs),
        permanent: codesOf(spec.permanentDtcs),
      });
    });
  }

  get protocol(): VehicleProtocol {
    return this.#spec.protocol;
  }

  /** Some control units keep it awake for a while. */
  isBusAwake(nowMs: number): boolean {
    return this.ignition.at(nowMs).offMs < BUS_SLEEPS_AFTER_MS;
  }

  /** A trouble is found: the engine stores its code. */
  storeDtc(code: string): void {
    const [engine] = this.#ecus;
    if (engine !== undefined && !engine.dtcs.stored.includes(code)) engine.dtcs.stored = [...engine.dtcs.stored, code];
  }

  /** A workshop has cleared what is stored and pending. */
  clearDtcs(): void {
    for (const ecu of this.#ecus) ecu.clearDtcs();
  }

  /** What the control units say to it, in the order of time; nothing while the ignition is off. */
  request(request: ObdRequest, nowMs: number): readonly EcuFrame[] {
    const electrics = this.ignition.at(nowMs);
    if (!electrics.isIgnitionOn) return [];
    const frames = this.#ecus
      .filter((ecu) => this.#isMeant(ecu, request.requestId))
      .flatMap((ecu) => {
        const isMilOn = ecu.dtcs.stored.length > 0;
        const situation = { ...this.#options.vehicle(nowMs - this.#options.startedMs), ...electrics, isMilOn };
        const messages = ecu.answer(request.payload, situation, isCanProtocol(this.protocol) ? 'can' : 'kwp');
        return this.#carry(ecu, messages, request);
      });
    return frames.toSorted((a, b) => a.afterMs - b.afterMs);
  }

  #isMeant({ spec }: ObdEcu, requestId: number | undefined): boolean {
    const { protocol } = this;
    if (requestId === undefined || !isCanProtocol(protocol)) return true;
    if (!hasLongIds(protocol)) return requestId === FUNCTIONAL_ID || requestId === REQUEST_ID + spec.index;
    const [format, target] = [(requestId >> 16) & 0xff, (requestId >> 8) & 0xff];
    return (format === FUNCTIONAL && target === EVERYBODY) || (format === PHYSICAL && target === spec.address);
  }

  #carry({ spec }: ObdEcu, messages: readonly Uint8Array[], request: ObdRequest): readonly EcuFrame[] {
    const { random } = this.#options;
    let afterMs = FIRST_ANSWER_MS + spec.index * BETWEEN_ECUS_MS + random() * JITTER_MS;
    const frames: EcuFrame[] = [];
    const isSlow = this.#spec.hasPendingResponses && request.payload[0] === VEHICLE_INFORMATION;
    const pending = isSlow && messages.length > 0 ? [Uint8Array.of(0x7f, VEHICLE_INFORMATION, RESPONSE_PENDING)] : [];
    for (const [index, message] of [...pending, ...messages].entries()) {
      if (pending.length > 0 && index === 1) afterMs += PENDING_MS;
      for (const frame of this.#framesOf(spec.index, spec.address, spec.padding, message, request.hasFlowControl)) {
        frames.push({ ...frame, afterMs });
        afterMs += BETWEEN_FRAMES_MS;
      }
    }
    return frames;
  }

  #framesOf(index: number, address: number, padding: number, message: Uint8Array, hasFlowControl: boolean) {
    if (!isCanProtocol(this.protocol)) {
      return [
        { transport: 'kwp' as const, header: Uint8Array.of(0x80 | message.length, TESTER, address), data: message },
      ];
    }
    const id = RESPONSE_ID + index;
    const header = hasLongIds(this.protocol)
      ? Uint8Array.of(0x18, PHYSICAL, TESTER, address)
      : Uint8Array.of(id >> 8, id & 0xff);
    const frames = segmentIsoTp(message, { padding });
    // Without flow control nothing follows a first frame.
    const sent = hasFlowControl ? frames : frames.slice(0, 1);
    return sent.map((data) => ({ transport: 'can' as const, header, data }));
  }
}

/** ISO 15765-4, 11 bits: requests to one control unit, and its answers. */
const REQUEST_ID = 0x7e0;
const RESPONSE_ID = 0x7e8;
/** 29 bits: `18 DB 33 F1` to everybody, `18 DA <address> F1` to one, `18 DA F1 <address>` back. */
const FUNCTIONAL = 0xdb;
const PHYSICAL = 0xda;
const EVERYBODY = 0x33;
const TESTER = 0xf1;

const VEHICLE_INFORMATION = 0x09;
const RESPONSE_PENDING = 0x78;

/** After the ignition went off. */
const BUS_SLEEPS_AFTER_MS = 30_000;
const FIRST_ANSWER_MS = 8;
const BETWEEN_ECUS_MS = 4;
const JITTER_MS = 6;
const BETWEEN_FRAMES_MS = 3;
/** How long a control unit gathers after it asked for patience. */
const PENDING_MS = 40;
