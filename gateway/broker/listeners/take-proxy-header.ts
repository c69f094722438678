import { BlockList, isIP, type Socket } from 'node:net';
import { type ProxyHeader, readProxyHeader } from './proxy-header.ts';

/** Whose word counts for where a client comes from: addresses and CIDR ranges. */
export class TrustedProxies {
  readonly #list = new BlockList();

  /** @param entries checked by the configuration: `192.0.2.7`, `10.0.0.0/8`, `2001:db8::/32` */
  constructor(entries: readonly string[]) {
    for (const entry of entries) {
      const [address = '', prefix] = entry.split('/');
      const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
      if (prefix === undefined) this.#list.addAddress(address, family);
      else this.#list.addSubnet(address, Number(prefix), family);
    }
  }

  has(address: string): boolean {
    const version = isIP(address);
    return version !== 0 && this.#list.check(address, version === 6 ? 'ipv6' : 'ipv4');
  }
}

/**
 * Takes the PROXY header off the begin of a connection, whatever the pieces it comes in, and puts back what is behind it.
 * Never answers for a connection that closes first.
 */
export function takeProxyHeader(
  socket: Socket,
  onHeader: (header: Exclude<ProxyHeader, { state: 'incomplete' }>) => void,
) {
  let gathered: Buffer = Buffer.alloc(0);
  const take = () => {
    // Bounded: the header is complete or rejected before it is longer than its bound and one read.
    const chunk: Buffer | null = socket.read();
    if (chunk === null) return;
    gathered = gathered.length === 0 ? chunk : Buffer.concat([gathered, chunk]);
    const header = readProxyHeader(gathered);
    if (header.state === 'incomplete') return;
    socket.off('readable', take);
    if (header.state === 'complete' && gathered.length > header.headerBytes) {
      socket.unshift(gathered.subarray(header.headerBytes));
    }
    onHeader(header);
  };
  socket.on('readable', take);
}
