import { readVersion } from '#gateway/cli/version.ts';
import { hubSink, startGateway, testConfig, writeConfig } from '#tests/support/gateway-process.ts';
import type { Peer } from './peer.ts';

/** Topics of a journaled stream begin with this. */
export const JOURNALED_TOPIC = 'sensors/bench';
/** Topics of no stream begin with this. */
export const PLAIN_TOPIC = 'bench';

/** Waystation as it is installed: `waystation run`, the journal in a folder on disk. */
export const waystationPeer: Peer = {
  name: 'Waystation',
  version: readVersion(),
  start: async (folder, brokerPort) => startGateway(await writeBenchConfig(folder, brokerPort)),
};

/** A gateway that lets clients without a login publish and subscribe everywhere. @returns the path of the configuration */
export async function writeBenchConfig(folder: string, brokerPort: number, hubPort?: number): Promise<string> {
  const listeners = [{ type: 'mqtt', host: '127.0.0.1', port: brokerPort }];
  return await writeConfig(folder, {
    ...testConfig({ brokerPort }),
    broker: { listeners, anonymous: { publish: ['#'], subscribe: ['#'] } },
    sinks: hubPort === undefined ? [] : [hubSink(hubPort)],
    log: { level: 'warn' },
  });
}
