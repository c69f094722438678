import type { Storage } from '#gateway/journal/storage.ts';
import { WaystationError } from '#gateway/model/errors.ts';
import type { StreamId } from '#gateway/model/message.ts';
import { packetBytesFor } from '#gateway/model/packet-bytes-for.ts';
import type { Link } from './link.ts';
import type { LinkConfig } from './link-config.ts';
import { openLinkMemory } from './link-memory.ts';
import { type LinkOptions, type MeteredLink, openLink } from './open-link.ts';

/** What all links of a gateway have in common. */
export interface LinksOptions extends Omit<LinkOptions, 'config' | 'memory' | 'maxEventBytes'> {
  readonly links: readonly LinkConfig[];
  /** The largest publish that the broker takes. */
  readonly maxPayloadBytes: number;
  readonly storage: Storage;
  /** The `dataDir`. */
  readonly folder: string;
}

/** The links of a gateway, in the order of the configuration. */
export class Links {
  readonly #links: readonly MeteredLink[];

  constructor(links: readonly MeteredLink[]) {
    this.#links = links;
  }

  get all(): readonly MeteredLink[] {
    return this.#links;
  }

  /** What a sink is told of its link. @throws WaystationError `link.unknown` */
  forSink(id: string): { readonly link: Link; readonly meteredLanes: readonly StreamId[] } {
    const link = this.get(id);
    return { link, meteredLanes: link.meteredLanes };
  }

  /** @throws WaystationError `link.unknown` */
  get(id: string): MeteredLink {
    const found = this.#links.find((link) => link.id === id);
    if (found === undefined) throw new WaystationError('link.unknown', `No link has the id ${JSON.stringify(id)}.`);
    return found;
  }
}

/** Opens all links; `opened` closes them, after the sinks that are opened later. */
export async function openLinks(
  { links, storage, folder, maxPayloadBytes, ...shared }: LinksOptions,
  opened: AsyncDisposableStack,
): Promise<Links> {
  const maxEventBytes = packetBytesFor(maxPayloadBytes);
  const all: MeteredLink[] = [];
  for (const config of links) {
    const memory = await openLinkMemory(storage, `${folder}/links`, config.id);
    all.push(opened.use(openLink({ ...shared, config, memory, maxEventBytes })));
  }
  return new Links(all);
}
