import type { DecodedSignal, MessageDecoder } from '#devices/can/dbc/message-decoder.ts';
import { type AbsenceRule, compileAbsence } from '#devices/can/j1939/absence-rule.ts';
import type { J1939Decoder } from '#devices/can/j1939/compile-j1939.ts';
import {
  type DiagnosticMessage,
  DM1_PGN,
  DM2_PGN,
  decodeDiagnosticMessage,
} from '#devices/can/j1939/diagnostic-message.ts';
import { encodeJ1939Id } from '#devices/can/j1939/j1939-id.ts';
import type { J1939Message } from '#devices/can/j1939/j1939-message.ts';
import { ADDRESS_CLAIM_PGN, describeJ1939Name, readJ1939Name } from '#devices/can/j1939/j1939-name.ts';
import { decodeVin, VEHICLE_IDENTIFICATION_PGN } from '#devices/can/j1939/vehicle-identification.ts';

/** A message of J1939 as `decode j1939` prints it. */
export interface J1939Record {
  /** By the log, of the frame that completed it; absent where the log has none. */
  readonly timeMs?: number;
  /** The bus, as the log names it. */
  readonly channel?: string;
  /** 29 bits; of a transfer as if the message had come in one frame. */
  readonly id: number;
  readonly message: J1939Message;
  /** Of the DBC; absent where no file knows the parameter group. */
  readonly decoder?: MessageDecoder;
  /** What is there and a value: error and not-available ranges are left out. */
  readonly signals: Readonly<Record<string, DecodedSignal>>;
  /** Physical values by SPN, as text of JSON would have them. */
  readonly spns: ReadonlyMap<number, number | bigint>;
  readonly isShort: boolean;
  /** Of DM1 and DM2. */
  readonly diagnostic?: DiagnosticMessage;
  readonly vin?: string;
  /** Of an address claim. */
  readonly node?: object;
}

/** Makes records of messages; for one command. */
export class J1939Describer {
  readonly #decoder: J1939Decoder;
  readonly #rules = new Map<MessageDecoder, AbsenceRule>();

  constructor(decoder: J1939Decoder) {
    this.#decoder = decoder;
  }

  /** @param heard when, and on which bus */
  describe(message: J1939Message, heard: Pick<J1939Record, 'timeMs' | 'channel'>): J1939Record {
    const { pgn, source, destination } = message;
    const decoder = this.#decoder.find(pgn, source, destination);
    return {
      ...{ ...heard, id: encodeJ1939Id(message), message },
      ...(decoder === undefined ? NOTHING_KNOWN : { decoder, ...this.#readSignals(decoder, message.data) }),
      ...readContent(message),
    };
  }

  #readSignals(decoder: MessageDecoder, data: Uint8Array): Pick<J1939Record, 'signals' | 'spns' | 'isShort'> {
    const rule = this.#rules.get(decoder) ?? compileAbsence(decoder.message);
    this.#rules.set(decoder, rule);
    const decoded = decoder.decode(data);
    const signals: Record<string, DecodedSignal> = {};
    const spns = new Map<number, number | bigint>();
    for (const [index, { name, spn }] of decoder.message.signals.entries()) {
      const signal = decoded.signals[name];
      if (signal === undefined || rule.isAbsent(index, signal.raw)) continue;
      signals[name] = signal;
      if (spn !== undefined) spns.set(spn, signal.phys);
    }
    return { signals, spns, isShort: decoded.isShort };
  }
}

const NOTHING_KNOWN = { signals: {}, spns: new Map<number, number>(), isShort: false };

/** What is understood without a DBC. */
function readContent({ pgn, data }: J1939Message): Pick<J1939Record, 'diagnostic' | 'vin' | 'node'> {
  if (pgn === DM1_PGN || pgn === DM2_PGN) {
    const diagnostic = decodeDiagnosticMessage(data);
    return diagnostic.isDecoded ? { diagnostic: diagnostic.value } : {};
  }
  if (pgn === VEHICLE_IDENTIFICATION_PGN) {
    const vin = decodeVin(data);
    return vin === undefined ? {} : { vin };
  }
  const name = pgn === ADDRESS_CLAIM_PGN ? readJ1939Name(data) : undefined;
  return name === undefined ? {} : { node: describeJ1939Name(name) };
}
