import { access, readFile, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { CHECKOUT } from '#tests/support/checkout.ts';
import { Child, runToEnd } from '#tests/support/child.ts';
import type { FoundPeer, Peer, TlsPlace } from './peer.ts';

/** Aedes as it comes from npm, with its memory persistence. */
export async function findStockAedes(): Promise<Peer> {
  const manifest = await readFile(join(CHECKOUT, 'node_modules/aedes/package.json'), 'utf8');
  // Every package has a version.
  const { version } = JSON.parse(manifest) as { readonly version: string };
  const script = join(CHECKOUT, 'bench/stock-aedes.ts');
  return {
    name: 'Aedes',
    version,
    speaksTls: false,
    start: async (_folder, port) => new Child(process.execPath, [script, String(port)]),
  };
}

/** The distribution's Mosquitto, without persistence. */
export function findMosquitto(): Promise<FoundPeer> {
  return findMosquittoWith(() => ['persistence false']);
}

/** One that writes its database every second. */
export function findKeepingMosquitto(): Promise<FoundPeer> {
  return findMosquittoWith((folder) => [
    'persistence true',
    `persistence_location ${folder}/`,
    'autosave_interval 1',
    AS_WE_ARE,
  ]);
}

/** Where it is started by root it would become somebody who may not write or read there. */
const AS_WE_ARE = `user ${userInfo().username}`;

function tlsLines(tls: TlsPlace | undefined): readonly string[] {
  if (tls === undefined) return [];
  return [AS_WE_ARE, `listener ${tls.port} 127.0.0.1`, `certfile ${tls.cert}`, `keyfile ${tls.key}`];
}

async function findMosquittoWith(persistence: (folder: string) => readonly string[]): Promise<FoundPeer> {
  const program = await findProgram('mosquitto');
  if (program === undefined) return { name: 'Mosquitto', missing: 'the Debian package mosquitto is not installed' };
  const { stdout } = await runToEnd(program, ['-h']);
  return {
    name: 'Mosquitto',
    version: /version (\S+)/.exec(stdout)?.[1] ?? 'unknown',
    speaksTls: true,
    start: async (folder, port, { tls } = {}) => {
      const configFile = join(folder, 'mosquitto.conf');
      await writeFile(configFile, mosquittoConfig(port, [...persistence(folder), ...tlsLines(tls)]));
      return new Child(program, ['-c', configFile]);
    },
  };
}

/** The limits are lifted so that nothing is dropped under load, as neither of the others drops anything. */
function mosquittoConfig(port: number, more: readonly string[]): string {
  const lines = [
    `listener ${port} 127.0.0.1`,
    'allow_anonymous true',
    'max_inflight_messages 1000',
    'max_queued_messages 0',
    'set_tcp_nodelay true',
    'log_type error',
    // Last, as a listener begins a section.
    ...more,
  ];
  return `${lines.join('\n')}\n`;
}

/** Debian keeps servers in `/usr/sbin`, which is not on everyone's path. */
async function findProgram(name: string): Promise<string | undefined> {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  for (const folder of folders) {
    const path = join(folder, name);
    const isThere = await access(path).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  return undefined;
}
