import type { DbcWarning } from './dbc-warning.ts';

/**
 * What a DBC file says about the messages of a bus: the result of `parseDbc`, the input of `compileDbc` and `encodeMessage`.
 *
 * This folder reads what gives bytes a meaning (messages, signals, value types, multiplexing, labels), and what tells people about them
 * (attributes, comments, nodes); it passes over environment variables and signal groups. It never opens a file. Start with `parse-dbc.ts`,
 * then `compile-dbc.ts`.
 */
export interface Dbc {
  /** In the order of the file. */
  readonly messages: readonly DbcMessage[];
  /** Names of the nodes of the network, in the order of the file. */
  readonly nodes: readonly string[];
  /** Of the network; what the file does not state has its default. */
  readonly attributes: DbcAttributes;
  /** Of the network. */
  readonly comment?: string;
  /** What was passed over because it could not be understood, in the order found. */
  readonly warnings: readonly DbcWarning[];
}

/** Values of attributes by name: an enumeration's as its text, numbers as numbers. */
export type DbcAttributes = ReadonlyMap<string, string | number>;

/** What a message is on the bus: attribute `VFrameFormat`. */
export type DbcFrameFormat = 'standard' | 'extended' | 'standardFd' | 'extendedFd' | 'j1939';

/** `BO_`: one kind of frame. */
export interface DbcMessage {
  readonly id: number;
  readonly isExtended: boolean;
  readonly name: string;
  /** What the file states; frames on the bus may be shorter or longer. */
  readonly sizeBytes: number;
  readonly signals: readonly DbcSignal[];
  /** As attribute `VFrameFormat` says, or the file's `ProtocolType`; absent where neither is stated. */
  readonly frameFormat?: DbcFrameFormat;
  /** Attribute `GenMsgCycleTime`; absent when it is not above 0. */
  readonly cycleTimeMs?: number;
  readonly comment?: string;
  /** Nodes that send it. */
  readonly transmitters: readonly string[];
  /** Only what the file states for this message, no defaults. */
  readonly attributes: DbcAttributes;
}

/** `SG_`: one value inside a message. Physical value = raw · factor + offset. */
export interface DbcSignal {
  readonly name: string;
  /** As written: Intel the least significant bit, Motorola the most significant one, both counted `byte * 8 + bit`. */
  readonly startBit: number;
  /** In bits, from 1; texts and the like have more than 64. */
  readonly length: number;
  readonly byteOrder: 'intel' | 'motorola';
  readonly isSigned: boolean;
  /** `float` has 16 or 32 bits, `double` 64 (IEEE 754). */
  readonly valueType: 'integer' | 'float' | 'double';
  readonly factor: number;
  readonly offset: number;
  readonly unit?: string;
  /** `VAL_`: raw value to text. */
  readonly labels: ReadonlyMap<bigint, string>;
  /** Physical, as written; nothing says that a vehicle keeps to them. Both are absent when both are 0, which stands for none. */
  readonly minimum?: number;
  readonly maximum?: number;
  /** Suspect parameter number of SAE J1939: attribute `SPN`. */
  readonly spn?: number;
  readonly comment?: string;
  /** Nodes that read it. */
  readonly receivers: readonly string[];
  /** Only what the file states for this signal, no defaults. */
  readonly attributes: DbcAttributes;
  /** Present when the signal is multiplexed: it is in a payload only while `multiplexor` has one of the values. */
  readonly selector?: DbcSelector;
}

/** Condition on another signal of the message. */
export interface DbcSelector {
  readonly multiplexor: string;
  /** Both ends belong to it; compared with the bits of the multiplexor as an unsigned number. */
  readonly ranges: readonly (readonly [from: number, to: number])[];
}
