/** NAME of a node: who it is and what it does, the same wherever it sits. */
export interface J1939Name {
  /** 21 bits, given by the manufacturer. */
  readonly identityNumber: number;
  /** 11 bits. */
  readonly manufacturerCode: number;
  /** 3 bits. */
  readonly ecuInstance: number;
  /** 5 bits. */
  readonly functionInstance: number;
  /** 8 bits. */
  readonly function: number;
  /** 7 bits. */
  readonly vehicleSystem: number;
  /** 4 bits. */
  readonly vehicleSystemInstance: number;
  /** 3 bits. */
  readonly industryGroup: number;
  /** Whether it takes another address when it loses its own. */
  readonly isArbitraryAddressCapable: boolean;
}

/** Address claimed, and with the null address as the source: cannot claim. */
export const ADDRESS_CLAIM_PGN = 60928;

const NAME_BYTES = 8;
const IDENTITY_BITS = 21n;
const MANUFACTURER_BITS = 11n;

/**
 * ```text
 *  bit 0     21            32            35                 40        48 (reserved)  49              56                       60              63
 *  identity  manufacturer  ECU instance  function instance  function                 vehicle system  vehicle system instance  industry group  arbitrary address capable
 * ```
 * @param name 64 bits; on the bus little endian
 * @see SAE J1939-81, 4.1 "NAME"
 */
export function decodeJ1939Name(name: bigint): J1939Name {
  const low = Number(name & 0xffff_ffffn);
  const high = Number((name >> 32n) & 0xffff_ffffn);
  return {
    identityNumber: low & 0x1f_ffff,
    manufacturerCode: low >>> 21,
    ecuInstance: high & 0x07,
    functionInstance: (high >>> 3) & 0x1f,
    function: (high >>> 8) & 0xff,
    vehicleSystem: (high >>> 17) & 0x7f,
    vehicleSystemInstance: (high >>> 24) & 0x0f,
    industryGroup: (high >>> 28) & 0x07,
    isArbitraryAddressCapable: high >>> 31 === 1,
  };
}

/** The inverse of {@link decodeJ1939Name}: the reserved bit is 0. */
export function encodeJ1939Name(name: J1939Name): bigint {
  const low = BigInt(name.identityNumber) | (BigInt(name.manufacturerCode) << IDENTITY_BITS);
  const instances = name.ecuInstance | (name.functionInstance << 3) | (name.function << 8);
  const system = name.vehicleSystem | (name.vehicleSystemInstance << 7) | (name.industryGroup << 11);
  const high = BigInt(instances) | (BigInt(system) << 17n) | (name.isArbitraryAddressCapable ? 1n << 31n : 0n);
  return low | (high << (IDENTITY_BITS + MANUFACTURER_BITS));
}

/** NAME in the data of an address claim; undefined if that has not eight bytes. */
export function readJ1939Name(data: Uint8Array): bigint | undefined {
  if (data.length !== NAME_BYTES) return undefined;
  return new DataView(data.buffer, data.byteOffset, NAME_BYTES).getBigUint64(0, true);
}

/** The inverse of {@link readJ1939Name}. */
export function writeJ1939Name(name: bigint): Uint8Array {
  const data = new Uint8Array(NAME_BYTES);
  new DataView(data.buffer).setBigUint64(0, name, true);
  return data;
}

/** NAME as text: 16 hex digits, the arbitrary address bit first. */
export function formatJ1939Name(name: bigint): string {
  return name.toString(16).toUpperCase().padStart(16, '0');
}

/** NAME as JSON has it: as text, and field by field. */
export function describeJ1939Name(name: bigint): Readonly<Record<string, string | number | boolean>> {
  const { isArbitraryAddressCapable, ...fields } = decodeJ1939Name(name);
  return { name: formatJ1939Name(name), ...fields, arbitraryAddressCapable: isArbitraryAddressCapable };
}
