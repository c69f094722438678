/**
 * Who may import whom: the layer table of `docs/ARCHITECTURE.md` as data. The tidy test holds every file to it,
 * and holds the document to this table.
 */
export interface Layer {
  /** A folder, or a single file, relative to the repository. The longest match owns a file. */
  readonly path: string;
  readonly job: string;
  /** Other layers it may import; its own folder always. */
  readonly mayImport: readonly string[];
  /** npm packages that only this layer may import. */
  readonly doorTo: readonly string[];
}

const MODEL = 'gateway/model';
const RUNTIME = 'gateway/runtime';
const JOURNAL = 'gateway/journal';
const SHAPE = 'gateway/sinks/shape';

export const LAYERS: readonly Layer[] = [
  {
    path: 'devices',
    job: 'bytes to readings and back; pure; decoders beside encoders',
    mayImport: [],
    doorTo: [],
  },
  {
    path: MODEL,
    job: 'message, event, ids, errors, limits',
    mayImport: ['devices'],
    doorTo: [],
  },
  {
    path: RUNTIME,
    job: 'clock, timers, logger, retry schedule, metrics: ports, each with its fake beside it',
    mayImport: [MODEL],
    doorTo: ['pino', 'prom-client'],
  },
  {
    path: 'gateway/config',
    job: 'one schema: types, defaults, validation, JSON Schema',
    mayImport: [MODEL, RUNTIME, SHAPE],
    doorTo: ['zod', 'yaml'],
  },
  {
    path: 'gateway/host',
    job: "the process' place on the machine: dataDir, its lock and identity, the control socket",
    mayImport: [MODEL, RUNTIME],
    doorTo: [],
  },
  {
    path: JOURNAL,
    job: 'the durable log: format, writer, recovery, cursors',
    mayImport: [MODEL, RUNTIME],
    doorTo: [],
  },
  {
    path: 'gateway/admission',
    job: 'per message: which stream? pure decision, thin driver',
    mayImport: [MODEL, RUNTIME, JOURNAL],
    doorTo: [],
  },
  {
    path: 'gateway/broker',
    job: 'Aedes made safe: listeners, limits, authentication, topic rights, sessions, delivery, order',
    mayImport: [MODEL, RUNTIME, JOURNAL],
    doorTo: ['aedes', 'mqtt-packet', 'ws'],
  },
  {
    path: 'gateway/sources',
    job: 'opens ports, moves bytes into devices, publishes events, reopens after unplug',
    mayImport: ['devices', MODEL, RUNTIME],
    doorTo: ['serialport'],
  },
  {
    path: 'gateway/handover',
    job: 'receivers for other programs of the host: time for chrony, positions for clients of gpsd',
    mayImport: [MODEL, RUNTIME],
    doorTo: [],
  },
  {
    path: 'gateway/sinks',
    job: 'delivery (journal, filter, send, cursor) and one folder per target; `file` opens files itself, on drives that are carried away, and nobody else but the journal opens files of events',
    mayImport: ['devices/decoded.ts', MODEL, RUNTIME, JOURNAL, SHAPE],
    doorTo: ['mqtt', 'influx'],
  },
  {
    path: SHAPE,
    job: "a sink's filter: rules, their language, what they remember; pure, so that the configuration can be checked by it",
    mayImport: ['devices/decoded.ts', MODEL, 'gateway/sinks/own-event.ts'],
    doorTo: [],
  },
  {
    path: 'gateway/rules',
    job: 'hosts and guards Node-RED',
    mayImport: [MODEL, RUNTIME],
    doorTo: ['node-red'],
  },
  {
    path: 'gateway/console',
    job: 'HTTP API, live stream, metrics, web page (`web/` is browser code)',
    mayImport: [MODEL, RUNTIME, JOURNAL],
    doorTo: [
      'fastify',
      '@fastify/static',
      'preact',
      '@preact/signals',
      'uplot',
      'vite',
      'd3-geo',
      'topojson-client',
      'topojson-specification',
      'world-atlas',
    ],
  },
  {
    path: 'gateway/cli',
    job: 'the waystation command; talks to a running gateway over its Unix socket, replays as the MQTT sink does, reads and changes the dead letters of a folder, reads a free port as a source does, keeps the accounts of a gateway that does not run',
    mayImport: [
      ...[MODEL, RUNTIME, 'gateway/config', 'gateway/host', JOURNAL],
      ...[
        'gateway/sources',
        'gateway/sinks/mqtt-hub',
        'gateway/sinks/meter',
        'gateway/sinks/target-types.ts',
        SHAPE,
        'gateway/sinks/dead-letters',
        'gateway/broker/identity',
        'gateway/broker/listeners',
        'devices',
      ],
    ],
    doorTo: ['commander'],
  },
  {
    path: 'gateway/main.ts',
    job: 'composition root: opens everything in order, closes it in reverse',
    mayImport: ['gateway', 'devices'],
    doorTo: [],
  },
  {
    path: 'flows',
    job: 'Node-RED nodes and example flows; speaks MQTT only',
    mayImport: ['devices'],
    doorTo: [],
  },
  {
    path: 'firmware-sim',
    job: 'the world outside, simulated, and the far end of the link, with a ledger of all it made',
    mayImport: ['devices'],
    doorTo: ['@lydell/node-pty', '@serialport/bindings-cpp', 'aedes', 'mqtt'],
  },
  {
    path: 'deploy',
    job: 'set-up and demo launcher (starts processes), example configurations',
    mayImport: [],
    doorTo: [],
  },
  {
    path: 'bench',
    job: 'side-by-side measurements',
    mayImport: ['gateway', 'devices', 'firmware-sim', 'tests'],
    doorTo: ['aedes', 'mqtt', 'mqtt-packet', 'influx', 'gps', '@signalk/nmea0183-signalk', 'candied'],
  },
  {
    path: 'tests',
    job: 'what crosses folders: tidy, conformance, system, support',
    mayImport: ['gateway', 'devices', 'flows', 'firmware-sim', 'deploy', 'bench'],
    doorTo: [
      'oxc-parser',
      '@lydell/node-pty',
      'aedes',
      'mqtt',
      'mqtt-packet',
      'yaml',
      'influx',
      'playwright-core',
      'axe-core',
    ],
  },
];

/** The layer that owns a file, by longest path. */
export function layerOf(file: string): Layer | undefined {
  const owners = LAYERS.filter(({ path }) => isWithin(file, path));
  return owners.reduce<Layer | undefined>(
    (best, layer) => (best === undefined || layer.path.length > best.path.length ? layer : best),
    undefined,
  );
}

/** Whether `file` is `path` or lies below it. */
export function isWithin(file: string, path: string): boolean {
  return file === path || file.startsWith(`${path}/`);
}

/** The table as `docs/ARCHITECTURE.md` prints it. */
export function layerTable(): string {
  const code = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ') || '–';
  const rows = LAYERS.map(
    ({ path, job, mayImport, doorTo }) => `| \`${path}\` | ${job} | ${code(mayImport)} | ${code(doorTo)} |`,
  );
  return ['| folder | its one job | may import | the only door to |', '|---|---|---|---|', ...rows].join('\n');
}
