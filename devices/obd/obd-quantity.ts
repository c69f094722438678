import { type Decoded, decoded, rejected } from '#devices/decoded.ts';

/** One number in the data of a parameter, as the standard places and scales it. */
export interface ObdQuantity {
  /** What configurations call it: `engineSpeed`. */
  readonly key: string;
  /** The same with its unit last, as events carry it: `engineSpeedRpm`. */
  readonly field: string;
  /** As COVESA VSS writes units; empty for counts, ratios and states. */
  readonly unit: string;
  /** Of its first byte among the data of the parameter; most significant byte first. */
  readonly offset: number;
  readonly sizeBytes: number;
  readonly isSigned: boolean;
  /** Value = raw × numerator / denominator + bias. A fraction, since 100/255 has no exact decimal. */
  readonly numerator: number;
  readonly denominator: number;
  readonly bias: number;
  /** What the raw numbers reach. */
  readonly minimum: number;
  readonly maximum: number;
  /** Is there only when this bit of the first byte of the parameter is set. */
  readonly supportBit?: number;
  /** A raw number that says «not measured». */
  readonly absentRaw?: number;
  /** What the numbers of a state mean. */
  readonly labels?: Readonly<Record<number, string>>;
  /** Path in COVESA VSS 6 without `Vehicle.`, where it has the quantity in this unit. */
  readonly vss?: string;
}

/** Why a value cannot be written into the data of a parameter. */
export type QuantityRejection = 'out-of-range';

/** The value in the data of its parameter; undefined where the data say that there is none, or are too short to hold it. */
export function decodeQuantity(quantity: ObdQuantity, data: Uint8Array): number | undefined {
  const { offset, sizeBytes, isSigned, supportBit, absentRaw, numerator, denominator, bias } = quantity;
  if (offset + sizeBytes > data.length) return undefined;
  if (supportBit !== undefined && (((data[0] ?? 0) >> supportBit) & 1) === 0) return undefined;
  let raw = 0;
  for (let index = offset; index < offset + sizeBytes; index++) raw = raw * 256 + (data[index] ?? 0);
  if (raw === absentRaw) return undefined;
  if (isSigned && raw >= 2 ** (8 * sizeBytes - 1)) raw -= 2 ** (8 * sizeBytes);
  return (raw * numerator) / denominator + bias;
}

/** Writes the nearest value that the parameter can say into its data, and its support bit where it has one. For simulated ECUs and tests. */
export function encodeQuantity(
  quantity: ObdQuantity,
  value: number,
  data: Uint8Array,
): Decoded<void, QuantityRejection> {
  const { offset, sizeBytes, supportBit, numerator, denominator, bias, minimum, maximum } = quantity;
  if (!(value >= minimum && value <= maximum) || offset + sizeBytes > data.length) return rejected('out-of-range');
  let raw = Math.round(((value - bias) * denominator) / numerator);
  if (raw < 0) raw += 2 ** (8 * sizeBytes);
  for (let index = offset + sizeBytes - 1; index >= offset; index--) {
    data[index] = raw % 256;
    raw = Math.floor(raw / 256);
  }
  if (supportBit !== undefined) data[0] = (data[0] ?? 0) | (1 << supportBit);
  return decoded(undefined);
}

/** To so many decimals that two neighbouring raw numbers stay apart: what an event pays for. */
export function roundQuantity({ numerator, denominator }: ObdQuantity, value: number): number {
  const decimals = Math.max(0, Math.ceil(-Math.log10(numerator / denominator)) + 1);
  return Math.round(value * 10 ** decimals) / 10 ** decimals;
}
