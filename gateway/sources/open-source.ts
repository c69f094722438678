import { type GnssDevice, openGnssSource } from './gnss-source.ts';
import { loadDbc } from './load-dbc.ts';
import { nodeSerialLinks } from './node-serial-link.ts';
import { openSlcanSource, type SlcanDevice } from './slcan-source.ts';
import type { Source, SourceContext } from './source.ts';

/** A device as configured. */
export type Device = (GnssDevice & { readonly type: 'gnss' }) | (SlcanDevice & { readonly type: 'slcan' } & DbcPaths);

interface DbcPaths {
  /** Files that describe the messages; the first that knows an identifier decodes it. */
  readonly dbc: readonly string[];
}

/**
 * Starts to read one device.
 *
 * @throws WaystationError `dbc.unreadable`, `dbc.invalid`; never because of the port
 */
export async function openSource(device: Device, parts: Omit<SourceContext, 'openLink'>): Promise<Source> {
  const context = { ...parts, openLink: nodeSerialLinks(parts.clock) };
  if (device.type === 'gnss') return openGnssSource(device, context);
  const databases = await Promise.all(device.dbc.map((path) => loadDbc(path, context.logger)));
  return openSlcanSource(device, databases, context);
}
