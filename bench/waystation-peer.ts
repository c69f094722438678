import { join } from 'node:path';
import { readVersion } from '#gateway/cli/version.ts';
import { Child } from '#tests/support/child.ts';
import { hubSink, testConfig, writeConfig } from '#tests/support/gateway-process.ts';
import type { Peer, PeerStart } from './peer.ts';

/** Topics of a journaled stream begin with this. */
export const JOURNALED_TOPIC = 'sensors/bench';
/** Topics of no stream begin with this. */
export const PLAIN_TOPIC = 'bench';

/** Waystation as its service runs it: the journal in a folder on disk, and compiled code kept for the next start. */
export const waystationPeer: Peer = {
  name: 'Waystation',
  version: readVersion(),
  speaksTls: true,
  start: startWaystation,
};

/** All clients of a benchmark come from one address. */
const ROOM = { maxClients: 10_000, maxConnectionsPerAddress: 10_000 };
/** As with Mosquitto: what a benchmark drives on purpose beyond what devices do must not be held back. */
const UNTHROTTLED = { maxPublishesPerSecond: 10_000_000, maxReceivedBytesPerSecond: '1GiB' };

/** Starts a gateway that lets clients without a login publish and subscribe everywhere, and does not wait. */
export async function startWaystation(
  folder: string,
  brokerPort: number,
  { hubPort, tls, isUnthrottled = true }: PeerStart & { readonly hubPort?: number } = {},
): Promise<Child> {
  const host = '127.0.0.1';
  const encrypted = tls === undefined ? [] : [{ type: 'mqtts', host, ...tls }];
  const listeners = [{ type: 'mqtt', host, port: brokerPort }, ...encrypted];
  const limits = { ...ROOM, ...(isUnthrottled ? UNTHROTTLED : {}) };
  const configFile = await writeConfig(folder, {
    ...testConfig({ brokerPort }),
    broker: { listeners, anonymous: { publish: ['#'], subscribe: ['#'] }, limits },
    sinks: hubPort === undefined ? [] : [hubSink(hubPort)],
    log: { level: 'warn' },
  });
  const env = { NODE_COMPILE_CACHE: join(folder, 'code-cache') };
  return new Child(process.execPath, ['gateway/main.ts', 'run', '-c', configFile], { env });
}
