import type { DbcMessage } from '#devices/can/dbc/dbc.ts';
import { findRuleFaults } from '#devices/can/reduction/find-rule-faults.ts';
import { WaystationError } from '#gateway/model/errors.ts';
import type { Logger } from '#gateway/runtime/logger.ts';
import { withByPathFallback } from './by-path-fallback.ts';
import type { CanDevice } from './can/can-pipeline.ts';
import { describeRuleFault } from './can/describe-rule-fault.ts';
import { openCapture } from './can/open-capture.ts';
import { candumpLinks } from './candump-link.ts';
import { type Elm327Device, openElm327Source } from './elm327-source.ts';
import { type GnssDevice, openGnssSource } from './gnss-source.ts';
import { loadDbc, logDbcWarnings } from './load-dbc.ts';
import { nodeSerialLinks } from './node-serial-link.ts';
import { openSelectionSource, type SelectionDevice } from './selection-source.ts';
import { openSlcanSource, type SlcanDevice } from './slcan-source.ts';
import { openSocketCanSource, type SocketCanDevice } from './socketcan-source.ts';
import type { Source, SourceContext } from './source.ts';

/** A device as configured. */
export type Device =
  | (GnssDevice & { readonly type: 'gnss' })
  | (SlcanDevice & { readonly type: 'slcan' } & DbcPaths)
  | (SocketCanDevice & { readonly type: 'socketcan' } & DbcPaths)
  | (Elm327Device & { readonly type: 'elm327' })
  | (SelectionDevice & { readonly type: 'gnssSelection' });

interface DbcPaths {
  /** Files that describe the messages; the first that knows an identifier decodes it. */
  readonly dbc: readonly string[];
}

/** Begins to read a device that was prepared; the port may be missing. */
export type StartSource = (parts: Omit<SourceContext, 'openLink'>) => Source;

/**
 * Reads what a device needs beside its port, so that a wrong file is found before anything is opened.
 *
 * @param otherPaths the ports of the other devices of the configuration
 * @throws WaystationError `dbc.unreadable`, `dbc.invalid`, `config.invalid` for rules of `report` that name nothing
 */
export async function prepareSource(
  device: Device,
  logger: Logger,
  otherPaths: readonly string[] = [],
): Promise<StartSource> {
  const warnOfSharing = (path: string, holders: string) => {
    const text = 'Another program has the port open as well; the bytes that it takes do not arrive here.';
    logger.warn({ device: device.id, path, holders }, text);
  };
  const withLinks = (parts: Omit<SourceContext, 'openLink'>): SourceContext => {
    const { clock, memory } = parts;
    return {
      ...parts,
      openLink: withByPathFallback(nodeSerialLinks(clock, warnOfSharing), { deviceId: device.id, memory, otherPaths }),
    };
  };
  if (device.type === 'gnss') return (parts) => openGnssSource(device, withLinks(parts));
  if (device.type === 'elm327') return (parts) => openElm327Source(device, withLinks(parts));
  if (device.type === 'gnssSelection') return (parts) => openSelectionSource(device, parts);
  const loaded = await Promise.all(device.dbc.map(loadDbc));
  for (const file of loaded) logDbcWarnings(file, logger);
  const messages = loaded.flatMap(({ dbc }) => dbc.messages);
  checkReport(device, messages);
  const databases = loaded.map(({ decoder }) => decoder);
  return (parts) => {
    const capture = openCapture(device, parts);
    const source =
      device.type === 'socketcan'
        ? openSocketCanSource(device, databases, { ...parts, capture, openLink: candumpLinks(parts.clock) })
        : openSlcanSource(device, databases, { ...withLinks(parts), capture });
    return closingAfter(source, capture);
  };
}

/** The source, which closes something of its own after it has stopped. */
function closingAfter(source: Source, last: AsyncDisposable | undefined): Source {
  if (last === undefined) return source;
  return {
    status: () => source.status(),
    async [Symbol.asyncDispose]() {
      await source[Symbol.asyncDispose]();
      await last[Symbol.asyncDispose]();
    },
  };
}

/** `waystation config check` says the same with line and column. */
function checkReport({ id, report = {} }: CanDevice, messages: readonly DbcMessage[]): void {
  const faults = findRuleFaults(report, messages);
  if (faults.length === 0) return;
  const sentences = faults.map((fault) => `${fault.key} ${describeRuleFault(fault)}`);
  throw new WaystationError('config.invalid', [`Checking report of the device ${id}:`, ...sentences].join('\n'));
}
