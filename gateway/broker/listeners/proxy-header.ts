import { isIP } from 'node:net';

/** Longest line of version 1, its line end included. */
const MAX_V1_BYTES = 107;
/** Longest header of version 2 that is read: addresses, and room for what proxies add. The protocol allows 64 KiB. */
export const MAX_PROXY_HEADER_BYTES = 4096;

/** What a proxy says first. */
export type ProxyHeader =
  | { readonly state: 'incomplete' }
  | {
      readonly state: 'complete';
      /** Where MQTT, or TLS, begins. */
      readonly headerBytes: number;
      /** The client's address; undefined where the proxy speaks for itself, or knows none. */
      readonly address: string | undefined;
    }
  | { readonly state: 'rejected'; readonly reason: string };

/**
 * Reads the header of the PROXY protocol, either version, from the begin of a connection.
 *
 * ```text
 * version 1   PROXY TCP4 192.0.2.7 192.0.2.1 56324 8883 CR LF      (TCP6, or UNKNOWN and anything)
 *
 * version 2   bytes 0-11   0D 0A 0D 0A 00 0D 0A 51 55 49 54 0A
 *             byte  12     high half: 2, the version; low half: 0 the proxy itself, 1 a client
 *             byte  13     high half: 0 unknown, 1 IPv4, 2 IPv6, 3 Unix; low half: 0 unknown, 1 stream, 2 datagram
 *             bytes 14-15  length of what follows, big-endian
 *             from 16      source and destination address, source and destination port, then extensions
 * ```
 * @see The PROXY protocol, Versions 1 and 2 (HAProxy), sections 2.1 and 2.2
 */
export function readProxyHeader(bytes: Buffer): ProxyHeader {
  const compared = Math.min(bytes.length, V2_SIGNATURE.length);
  if (bytes.subarray(0, compared).equals(V2_SIGNATURE.subarray(0, compared))) return readVersion2(bytes);
  return readVersion1(bytes);
}

const V2_SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');
const INCOMPLETE: ProxyHeader = { state: 'incomplete' };

function readVersion1(bytes: Buffer): ProxyHeader {
  const compared = Math.min(bytes.length, V1_BEGIN.length);
  if (!bytes.subarray(0, compared).equals(V1_BEGIN.subarray(0, compared))) return rejected('no PROXY header');
  const end = bytes.subarray(0, MAX_V1_BYTES).indexOf('\r\n');
  if (end < 0) return bytes.length < MAX_V1_BYTES ? INCOMPLETE : rejected('the line does not end');
  const line = bytes.toString('latin1', V1_BEGIN.length, end);
  const headerBytes = end + 2;
  if (line === 'UNKNOWN' || line.startsWith('UNKNOWN ')) return { state: 'complete', headerBytes, address: undefined };
  const [protocol, source = '', destination = '', ...ports] = line.split(' ');
  const version = protocol === 'TCP4' ? 4 : protocol === 'TCP6' ? 6 : undefined;
  if (version === undefined) return rejected('another protocol than TCP4 and TCP6');
  const areAddresses = [source, destination].every((address) => isIP(address) === version && !address.includes('%'));
  if (!areAddresses) return rejected(`no addresses of ${protocol}`);
  if (ports.length !== 2 || !ports.every(isPort)) return rejected('no two ports');
  return { state: 'complete', headerBytes, address: source };
}

const V1_BEGIN = Buffer.from('PROXY ');

function isPort(text: string): boolean {
  return /^(?:0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 0xffff;
}

const V2_FIXED_BYTES = 16;
const IPV4_BLOCK_BYTES = 12;
const IPV6_BLOCK_BYTES = 36;

function readVersion2(bytes: Buffer): ProxyHeader {
  if (bytes.length < V2_FIXED_BYTES) return INCOMPLETE;
  const [versionAndCommand, family] = [bytes.readUInt8(12), bytes.readUInt8(13) >> 4];
  const headerBytes = V2_FIXED_BYTES + bytes.readUInt16BE(14);
  if (versionAndCommand >> 4 !== 2)
    return rejected(`version ${versionAndCommand >> 4} behind the signature of version 2`);
  const command = versionAndCommand & 0x0f;
  if (command > 1) return rejected(`unknown command ${command}`);
  if (headerBytes > MAX_PROXY_HEADER_BYTES) return rejected(`a header of ${headerBytes} bytes`);
  if (bytes.length < headerBytes) return INCOMPLETE;
  const block = bytes.subarray(V2_FIXED_BYTES, headerBytes);
  if (command === 0) return { state: 'complete', headerBytes, address: undefined };
  switch (family) {
    case 1:
      if (block.length < IPV4_BLOCK_BYTES) return rejected('too short for its addresses');
      return { state: 'complete', headerBytes, address: block.subarray(0, 4).join('.') };
    case 2:
      if (block.length < IPV6_BLOCK_BYTES) return rejected('too short for its addresses');
      return { state: 'complete', headerBytes, address: formatIpv6(block.subarray(0, 16)) };
    default:
      return family > 3
        ? rejected(`unknown address family ${family}`)
        : { state: 'complete', headerBytes, address: undefined };
  }
}

/** In its shortest form: `2001:db8::1`. */
function formatIpv6(address: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, index) => address.readUInt16BE(2 * index).toString(16));
  // The URL parser knows the rules of RFC 5952.
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

function rejected(reason: string): ProxyHeader {
  return { state: 'rejected', reason };
}
