/**
 * What the parts of the demo say about themselves: one JSON object a line on standard output.
 * The launcher imports nothing of theirs, so it reads what it needs and ignores the rest.
 */
export type VehicleMessage =
  | { readonly event: 'ready' }
  | ({ readonly event: 'status' } & VehicleFigures)
  /** A recording came to its end. */
  | { readonly event: 'played'; readonly port: string; readonly count: number }
  | { readonly event: 'stopped' }
  | PartError;

/** What the vehicle made since the ledger began. */
export interface VehicleFigures {
  /** Epochs, frames and messages by source. */
  readonly made: Readonly<Record<string, number>>;
  /** Lines of recordings written to the ports since the start of the process; the ledger cannot compare them. */
  readonly played: number;
  /** Sentences and frames dropped whole because the reader did not keep up, as a UART drops them. */
  readonly overrun: number;
  /** What may have gone unheard: nobody had the port open, or a killed gateway had taken it and not made it durable. */
  readonly unheard: number;
  /** Messages of the MQTT sensor that were not acknowledged yet. */
  readonly sensorPending: number;
  readonly speedKmh: number;
}

/** What the stand-in hub says. */
export type HubMessage =
  | ({ readonly event: 'status' } & HubFigures)
  | ({ readonly event: 'audit' } & AuditFigures)
  | PartError;

/** What arrived at the hub so far, held against the ledger. */
export interface HubFigures {
  readonly link: 'up' | 'cut';
  readonly received: number;
  readonly repeated: number;
  readonly missing: number;
}

/** The hub's final comparison of what arrived with what was made. */
export interface AuditFigures {
  readonly made: number;
  readonly missing: number;
  readonly extra: number;
  readonly repeated: number;
  readonly outOfOrder: number;
  readonly wrongValues: number;
  readonly unheard: number;
}

/** A part that cannot go on, or wants something said. */
export interface PartError {
  readonly event: 'error';
  readonly message: string;
  readonly remedy: string;
}

/** What `waystation status --json --watch` says: a snapshot, or that nobody answers. */
export type GatewayMessage = ({ readonly event: 'status' } & GatewayFigures) | { readonly event: 'unreachable' };

/** The few figures of the gateway's status that the demo shows. */
export interface GatewayFigures {
  /** Process id: two snapshots of different processes must not be taken for one. */
  readonly pid: number;
  /** Events in the journal, all streams and all runs together. */
  readonly journaled: number;
  /** Events that the hub has not acknowledged yet. */
  readonly backlog: number;
  readonly sinkState: string;
  readonly sinkError: string | undefined;
  /** The devices that events came of since the start of the process. */
  readonly heardDevices: readonly string[];
  /** The sink that writes to InfluxDB, if there is one. */
  readonly influxdb?: InfluxdbFigures;
  readonly rules?: RulesFigures;
}

/** How far InfluxDB has come. */
export interface InfluxdbFigures {
  readonly state: string;
  /** Events that it has, all runs together. */
  readonly written: number;
  readonly backlog: number;
  /** Events that it would not take as they were. */
  readonly refused: number;
  readonly error: string | undefined;
}

/** How the rules are, and what they had to say. */
export interface RulesFigures {
  readonly state: string;
  readonly error: string | undefined;
  /** Events of the stream `alerts` that the hub has acknowledged. */
  readonly alertsAtHub: number;
}

type Json = Readonly<Record<string, unknown>>;

/** @returns undefined for a line that is not one of the messages */
export function parseVehicleMessage(line: string): VehicleMessage | undefined {
  const json = parseObject(line);
  switch (json?.['event']) {
    case 'ready':
    case 'stopped':
      return { event: json['event'] };
    case 'played':
      return { event: 'played', port: text(json['port']) ?? '', count: count(json['count']) };
    case 'status':
      return {
        event: 'status',
        made: counts(json['made']),
        played: count(json['played']),
        overrun: count(json['overrun']),
        unheard: count(json['unheard']),
        sensorPending: count(json['sensorPending']),
        speedKmh: count(json['speedKmh']),
      };
    default:
      return parseError(json);
  }
}

/** @returns undefined for a line that is not one of the messages */
export function parseHubMessage(line: string): HubMessage | undefined {
  const json = parseObject(line);
  if (json === undefined) return undefined;
  const shared = { missing: count(json['missing']), repeated: count(json['repeated']) };
  switch (json['event']) {
    case 'status':
      return {
        event: 'status',
        link: json['link'] === 'cut' ? 'cut' : 'up',
        received: count(json['received']),
        ...shared,
      };
    case 'audit':
      return {
        event: 'audit',
        made: count(json['made']),
        extra: count(json['extra']),
        outOfOrder: count(json['outOfOrder']),
        wrongValues: count(json['wrongValues']),
        unheard: count(json['unheard']),
        ...shared,
      };
    default:
      return parseError(json);
  }
}

/** @returns undefined for a line that is not one of the messages */
export function parseGatewayMessage(line: string): GatewayMessage | undefined {
  const json = parseObject(line);
  if (json === undefined) return undefined;
  if ('error' in json) return { event: 'unreachable' };
  if (!('journal' in json)) return undefined;
  const streams = objects(object(json['journal'])['streams']);
  const sources = objects(json['sources']).filter((source) => count(source['publishedCount']) > 0);
  const sinks = objects(json['sinks']);
  const [sink = {}] = sinks;
  const lanes = objects(sink['lanes']);
  const influxdb = sinks.find((other) => other['type'] === 'influxdb');
  return {
    event: 'status',
    pid: count(object(json['gateway'])['pid']),
    journaled: sum(streams.map((stream) => count(stream['syncedSequence']))),
    backlog: sum(lanes.map((lane) => count(lane['backlogCount']))),
    sinkState: text(sink['state']) ?? 'unknown',
    sinkError: text(sink['lastError']),
    heardDevices: sources.map((source) => text(source['id']) ?? ''),
    ...(influxdb === undefined ? {} : { influxdb: influxdbFigures(influxdb) }),
    ...('rules' in json ? { rules: rulesFigures(object(json['rules']), lanes) } : {}),
  };
}

function influxdbFigures(sink: Json): InfluxdbFigures {
  const lanes = objects(sink['lanes']);
  return {
    state: text(sink['state']) ?? 'unknown',
    written: sum(lanes.map((lane) => count(lane['acknowledgedSequence']))),
    backlog: sum(lanes.map((lane) => count(lane['backlogCount']))),
    refused: count(sink['deadLetteredCount']),
    error: text(sink['lastError']),
  };
}

function rulesFigures(rules: Json, lanes: readonly Json[]): RulesFigures {
  const alerts = lanes.find((lane) => lane['stream'] === 'alerts');
  return {
    state: text(rules['state']) ?? 'unknown',
    error: text(rules['lastError']),
    alertsAtHub: count(alerts?.['acknowledgedSequence']),
  };
}

function parseError(json: Json | undefined): PartError | undefined {
  if (json?.['event'] !== 'error') return undefined;
  return { event: 'error', message: text(json['message']) ?? 'unknown', remedy: text(json['remedy']) ?? '' };
}

function parseObject(line: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function object(value: unknown): Json {
  return isObject(value) ? value : {};
}

function objects(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function count(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}

function counts(value: unknown): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(object(value)).map(([name, figure]) => [name, count(figure)]));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
