/**
 * Whom an address stands for: itself with IPv4, also where it is written as one of IPv6; the first 64 bits with IPv6, since whoever
 * has one address of such a network has them all.
 *
 * @see RFC 4291, section 2.5.5.2, and RFC 6177
 */
export function addressGroup(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped?.[1] !== undefined) return mapped[1];
  if (!address.includes(':')) return address;
  const [left = '', right] = address.split('::');
  const before = left.split(':').filter((group) => group !== '');
  const after = (right ?? '').split(':').filter((group) => group !== '');
  const zeros = right === undefined ? 0 : Math.max(0, GROUPS - before.length - after.length);
  return [...before, ...Array.from({ length: zeros }, () => '0'), ...after].slice(0, NETWORK_GROUPS).join(':');
}

const GROUPS = 8;
const NETWORK_GROUPS = 4;
