import { type ConfigIssue, formatPath } from './config-problem.ts';
import { listAt, valueAt } from './document-value.ts';
import { DEFAULT_LISTENER_PORTS } from './listener-section.ts';

/** Ports that two listening places would have to share; what comes first keeps its port. */
export function* portClashes(document: unknown): Generator<ConfigIssue> {
  const taken = new Map<string, ListeningPlace>();
  for (const place of placesIn(document)) {
    if (place.port === 0) continue;
    const { names, rivals } = addressesOf(place.host);
    const other = rivals.map((name) => taken.get(`${name} ${place.port}`)).find((each) => each !== undefined);
    for (const name of names) if (!taken.has(`${name} ${place.port}`)) taken.set(`${name} ${place.port}`, place);
    if (other === undefined) continue;
    // A port that was not written is not what a person has to change.
    const [atFault, holder] = place.isWritten || !other.isWritten ? [place, other] : [other, place];
    const message = `port ${place.port} is that of ${formatPath(holder.path)} too; choose another`;
    yield { path: [...atFault.path, 'port'], message };
  }
}

/** Where something will listen. */
interface ListeningPlace {
  readonly path: ConfigIssue['path'];
  readonly host: string;
  readonly port: number;
  /** Whether the document says so; else it is the default. */
  readonly isWritten: boolean;
}

const LOOPBACK = '127.0.0.1';
const DEFAULT_PORTS = { console: 8080, rules: 1880, gpsd: 2947 } as const;

function listenerPort(type: unknown): number {
  const isKnown = typeof type === 'string' && Object.hasOwn(DEFAULT_LISTENER_PORTS, type);
  return DEFAULT_LISTENER_PORTS[isKnown ? (type as keyof typeof DEFAULT_LISTENER_PORTS) : 'mqtt'];
}

function placesIn(document: unknown): readonly ListeningPlace[] {
  const written =
    valueAt(document, 'broker', 'listeners') === undefined ? [{}] : listAt(document, 'broker', 'listeners');
  const listeners = written.map((section, index) =>
    placeOf(['broker', 'listeners', index], section, listenerPort(valueAt(section, 'type'))),
  );
  const { console, rules } = { console: valueAt(document, 'console'), rules: valueAt(document, 'rules') };
  const gpsd = valueAt(document, 'time', 'gpsd');
  return [
    ...listeners,
    ...(valueAt(console, 'enabled') === false ? [] : [placeOf(['console'], console, DEFAULT_PORTS.console)]),
    ...(valueAt(rules, 'enabled') === true ? [placeOf(['rules'], rules, DEFAULT_PORTS.rules)] : []),
    ...(gpsd === undefined ? [] : [placeOf(['time', 'gpsd'], gpsd, DEFAULT_PORTS.gpsd)]),
  ];
}

function placeOf(path: ConfigIssue['path'], section: unknown, defaultPort: number): ListeningPlace {
  const [host, port] = [valueAt(section, 'host'), valueAt(section, 'port')];
  return {
    path,
    host: typeof host === 'string' ? host : LOOPBACK,
    port: typeof port === 'number' ? port : defaultPort,
    isWritten: port !== undefined,
  };
}

/** Under which names a host takes a port, and which names taken before keep it from that port; `::` takes IPv4 along. */
function addressesOf(host: string): { readonly names: readonly string[]; readonly rivals: readonly string[] } {
  const address = host === 'localhost' ? LOOPBACK : host;
  if (address === '::') return { names: [address, 'any'], rivals: ['any'] };
  if (address.includes(':')) return { names: [address, 'any'], rivals: [address, '::'] };
  const names = [address, 'any IPv4', 'any'];
  return { names, rivals: address === '0.0.0.0' ? ['any IPv4', '::'] : [address, '0.0.0.0', '::'] };
}
