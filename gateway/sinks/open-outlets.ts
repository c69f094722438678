import type { StatefulJournal } from '#gateway/journal/journal.ts';
import type { Storage } from '#gateway/journal/storage.ts';
import type { DeadLettersStatus } from '#gateway/model/dead-letters-status.ts';
import type { LinkStatus } from '#gateway/model/link-status.ts';
import type { Message, Publisher } from '#gateway/model/message.ts';
import { orphanNews } from '#gateway/model/orphan-news.ts';
import type { PowerStatus } from '#gateway/model/power-status.ts';
import type { SinkStatus } from '#gateway/model/sink-status.ts';
import type { DeadLetterStore } from './dead-letters/dead-letter-store.ts';
import { openLetterBox } from './dead-letters/open-letter-box.ts';
import { LinkAlarm } from './link/link-alarm.ts';
import type { LinkConfig } from './link/link-config.ts';
import { listenForModes, type ModeCommands } from './link/link-methods.ts';
import { type Links, openLinks } from './link/open-links.ts';
import { openSinks, type SharedBySinks, type SinksOptions } from './open-sinks.ts';
import { PowerWatch } from './power/power-watch.ts';
import type { Sink } from './sink-options.ts';

/** All that leaves the gateway, and the word on whether it has. */
export interface Outlets {
  readonly sinks: readonly Sink[];
  readonly links: Links;
  readonly deadLetters: DeadLetterStore;
  readonly power: PowerWatch;
  status(): OutletsStatus;
}

/** Their part of the status of the gateway. */
export interface OutletsStatus {
  readonly sinks: readonly SinkStatus[];
  readonly links?: readonly LinkStatus[];
  readonly deadLetters: DeadLettersStatus;
  readonly power: PowerStatus;
}

/** What {@link openOutlets} needs, as configured. */
export interface OutletsOptions extends Omit<SinksOptions, 'maxPayloadBytes' | 'links'> {
  readonly links: readonly LinkConfig[];
  readonly broker: { readonly limits: { readonly maxPacketBytes: number } };
  readonly deadLetters: { readonly maxBytes: number };
}

/** What they share with the rest of the gateway. */
export interface SharedByOutlets
  extends Omit<SharedBySinks, 'journal' | 'deadLetters' | 'publisher' | 'gatewayVersion' | 'dataDir'> {
  readonly journal: StatefulJournal;
  readonly broker: Publisher & { announce(message: Message): void };
  readonly version: string;
  readonly storage: Storage;
  /** As `openLink` wants it. */
  readonly bootId: string | undefined;
  readonly dataDir: { readonly path: string };
  readonly commands: ModeCommands;
}

/** `opened` closes them. @throws WaystationError as `openSink` and `openJournal` */
export async function openOutlets(
  options: OutletsOptions,
  shared: SharedByOutlets,
  opened: AsyncDisposableStack,
): Promise<Outlets> {
  const { broker, journal, dataDir, logger } = shared;
  const deadLetters = await openLetterBox({ ...options.deadLetters, ...shared, publisher: broker }, opened);
  const maxPayloadBytes = options.broker.limits.maxPacketBytes;
  const links = await openLinks({ ...shared, folder: dataDir.path, links: options.links, maxPayloadBytes }, opened);
  listenForModes(links, shared.commands, logger);
  opened.use(new LinkAlarm({ ...shared, links: links.all, publisher: broker }));
  const sinks = await openSinks(
    { ...options, maxPayloadBytes, links },
    { ...shared, dataDir: dataDir.path, deadLetters, publisher: broker, gatewayVersion: shared.version },
    opened,
  );
  const sinkIds = sinks.map(({ id }) => id);
  for (const { part, what, remedy } of orphanNews(journal.orphans(), sinkIds)) logger.warn({ part, remedy }, what);
  const parts = () => ({
    sinks: sinks.map((sink) => sink.status()),
    ...(links.all.length === 0 ? {} : { links: links.all.map((link) => link.status()) }),
    deadLetters: deadLetters.status(),
  });
  const view = () => ({ streams: journal.streams, ...parts() });
  const power = opened.use(new PowerWatch({ ...shared, view, announce: broker.announce.bind(broker) }));
  return { sinks, links, deadLetters, power, status: () => ({ ...parts(), power: power.now() }) };
}
