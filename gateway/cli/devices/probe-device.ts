import { formatTable } from '#gateway/cli/format-table.ts';
import type { GatewayOptions } from '#gateway/cli/gateway-options.ts';
import { WaystationError } from '#gateway/model/errors.ts';
import { oneLine } from '#gateway/model/one-line.ts';
import { systemClock } from '#gateway/runtime/clock.ts';
import { listPorts } from '#gateway/sources/list-ports.ts';
import { type ProbeResult, probePort } from '#gateway/sources/probe-port.ts';
import type { OpenSerialLink } from '#gateway/sources/serial-link.ts';
import { findByPort, findDevice, lookAround, type NamedDevice, type PortDevice, portOfDevice } from './find-device.ts';
import { openFreeLink } from './open-free-link.ts';
import { untilCtrlC } from './until-ctrl-c.ts';

/** Options of `devices probe`. */
export interface ProbeOptions extends GatewayOptions {
  readonly ask?: true;
  readonly seconds: number;
  readonly json?: true;
}

/** What is printed. */
interface ProbeReport extends ProbeResult {
  readonly path: string;
  /** Of the device that has this port in the configuration. */
  readonly device?: string;
  /** To paste under `devices`; absent where there is one. */
  readonly entry?: string;
}

/** Prints what is on a port. */
export async function probeDevice(name: string, options: ProbeOptions): Promise<void> {
  using ctrlC = untilCtrlC();
  const surroundings = await lookAround(options);
  const named = await findDevice(name, surroundings);
  refuseHeld(named);
  const path = portOfDevice(named);
  const { device } = named;
  const openLink: OpenSerialLink = async (...settings) => {
    const link = await openFreeLink(...settings);
    if (options.json !== true) process.stderr.write(`Listening to ${path}; Ctrl-C ends it.\n`);
    return link;
  };
  const remembered = device === undefined || device.baud === 'auto' ? {} : { remembered: device.baud };
  const result = await probePort({
    ...{ path, ...remembered, limitMs: options.seconds * 1000, isAsking: options.ask === true },
    ...{ openLink, clock: systemClock, signal: ctrlC.signal },
  });
  if (result === undefined) return;
  const entry = device === undefined ? await proposeEntry(path, result, surroundings.devices) : undefined;
  const about = {
    path,
    ...(device === undefined ? {} : { device: device.id }),
    ...(entry === undefined ? {} : { entry }),
  };
  const report: ProbeReport = { ...about, ...result };
  process.stdout.write(options.json === true ? `${JSON.stringify(report)}\n` : formatReport(report));
}

/** Its bytes would be missing in the gateway. */
function refuseHeld({ path, source }: NamedDevice): void {
  if (source === undefined || source.state === 'lost') return;
  throw new WaystationError('device.held', `Probing ${path ?? source.id}: the gateway reads it, as ${source.id}`);
}

/** One line of YAML, with an id that is free and the path that lasts. */
async function proposeEntry(path: string, { kind }: ProbeResult, devices: readonly PortDevice[]): Promise<string> {
  const port = await findByPort(path, await listPorts());
  const prefix = kind === 'gnss' ? 'gps' : 'can';
  let index = 0;
  while (devices.some(({ id }) => id === `${prefix}${index}`)) index++;
  const rest = kind === 'gnss' ? '' : ', bitrate: 500000, dbc: []';
  return `- { id: ${prefix}${index}, type: ${kind}, path: ${port?.stablePath ?? path}${rest} }`;
}

/** The report as a person reads it. */
export function formatReport(report: ProbeReport): string {
  const { path, kind, baud, protocols, messages, listenedMs, version, device, entry } = report;
  const spoken = Object.keys(protocols).map((protocol) => PROTOCOL_NAMES[protocol] ?? protocol);
  const what = kind === 'gnss' ? 'a satellite receiver' : 'a CAN adapter';
  const rows = Object.entries(messages).map(([name, count]) => [
    oneLine(name),
    count,
    ((count * 1000) / listenedMs).toFixed(1),
  ]);
  const blocks = [
    `${path}: ${what} at ${baud} baud${spoken.length === 0 ? '' : `, ${spoken.join(' and ')}`}`,
    ...(version === undefined ? [] : [version.map(oneLine).join(', ')]),
    ...(kind === 'gnss' ? [formatFix(report)] : []),
    ...(rows.length === 0 ? [] : [formatTable(['message', 'count', 'per second'], rows)]),
    ...(device === undefined ? [] : [`configured as ${device}`]),
    ...(entry === undefined ? [] : [`Under devices in the configuration:\n\n  ${entry}`]),
    ...(kind === 'slcan' && entry !== undefined ? ['Set bitrate to that of the bus; a wrong one disturbs it.'] : []),
  ];
  return `${blocks.join('\n\n')}\n`;
}

const PROTOCOL_NAMES: Readonly<Record<string, string>> = {
  nmea0183: 'NMEA 0183',
  ubx: 'UBX',
  rtcm3: 'RTCM 3',
  slcan: 'SLCAN',
};

function formatFix({ epoch }: ProbeResult): string {
  if (epoch === undefined) return 'no epoch: nothing that it says tells a position or a time';
  const { mode, latitudeDeg, longitudeDeg, satellitesUsed, hdop, unixMs } = epoch;
  const date = unixMs === undefined ? 'no date yet' : new Date(unixMs).toISOString();
  if (mode === 'none' || latitudeDeg === undefined || longitudeDeg === undefined) return `no fix; ${date}`;
  const place = `${latitudeDeg.toFixed(6)}, ${longitudeDeg.toFixed(6)}`;
  const quality = [
    ...(satellitesUsed === undefined ? [] : [`${satellitesUsed} satellites`]),
    ...(hdop === undefined ? [] : [`HDOP ${hdop}`]),
  ];
  return [`fix ${mode} at ${place}`, ...quality, date].join(', ');
}
