import type { MessageOf } from './gnss-message.ts';
import { identifySatellite, type SatelliteIdentity } from './identify-satellite.ts';
import type { SkySatellite, SkyView } from './sky-view.ts';

/**
 * Gathers what a receiver sees in the sky into complete views. NAV-SAT and NAV-SVINFO are one each. GSV come in pages, a set of them for
 * each satellite system and signal; a view is complete when its first set begins anew. A set that lacks a page, or has them out of
 * order, spoils its view: half a sky is none.
 */
export class SkyAssembler {
  #view: SkyView | undefined;
  /** The first page of each complete set. */
  readonly #sets: MessageOf<'GSV'>[] = [];
  /** All pages since the view began. */
  readonly #pages: MessageOf<'GSV'>[] = [];
  /** The last page of a set that is not complete. */
  #open: MessageOf<'GSV'> | undefined;
  #isSpoilt = false;
  /** What said since the view began which satellites took part in a fix. */
  readonly #used: MessageOf<'GSA'>[] = [];
  /** The view made last, and of what: most epochs repeat the sentences of the one before, which are the same objects then. */
  #made: { readonly from: readonly object[]; readonly view: SkyView } = { from: [], view: [] };

  /** A view that has become complete since this was asked last. */
  take(): SkyView | undefined {
    const view = this.#view;
    this.#view = undefined;
    return view;
  }

  pushReport({ satellites }: MessageOf<'NAV-SAT' | 'NAV-SVINFO'>): void {
    this.#view = satellites.map((satellite) => compose(satellite, satellite, satellite.isUsed));
  }

  pushUsed(gsa: MessageOf<'GSA'>): void {
    if (this.#used.length < MAX_PAGES && !this.#used.includes(gsa)) this.#used.push(gsa);
  }

  pushPage(page: MessageOf<'GSV'>): void {
    if (page.page === 1) this.#beginSet(page);
    else if (!goesOn(this.#open, page)) this.#isSpoilt = true;
    const isLast = page.page >= page.pageCount;
    this.#open = isLast ? undefined : page;
    if (this.#pages.length === MAX_PAGES) {
      this.#isSpoilt = true;
      return;
    }
    this.#pages.push(page);
    if (isLast) this.#sets.push(page);
  }

  #beginSet(page: MessageOf<'GSV'>): void {
    if (this.#open !== undefined) this.#isSpoilt = true;
    const isRepeated = this.#sets.some((known) => known.talker === page.talker && known.signalId === page.signalId);
    if (!isRepeated && this.#pages.length < MAX_PAGES) return;
    if (!this.#isSpoilt) this.#view = this.#makeView();
    this.#sets.length = 0;
    this.#pages.length = 0;
    this.#used.length = 0;
    this.#isSpoilt = false;
  }

  #makeView(): SkyView {
    const from = [...this.#pages, ...this.#used];
    const isSame =
      from.length === this.#made.from.length && from.every((part, index) => part === this.#made.from[index]);
    if (!isSame) this.#made = { from, view: this.#composeView() };
    return this.#made.view;
  }

  /** Of a satellite with several signals the strongest counts. */
  #composeView(): SkyView {
    const used = new Set(this.#used.flatMap(usedKeys));
    const view = new Map<string, SkySatellite>();
    for (const { talker, satellites } of this.#pages) {
      for (const satellite of satellites) {
        const identity = identifySatellite(talker, undefined, satellite.id);
        const key = keyOf(identity);
        if ((satellite.signalDbHz ?? -1) < (view.get(key)?.signalDbHz ?? -1)) continue;
        view.set(key, compose(identity, satellite, used.has(key)));
      }
    }
    return [...view.values()];
  }
}

function goesOn(open: MessageOf<'GSV'> | undefined, page: MessageOf<'GSV'>): boolean {
  if (open === undefined || open.talker !== page.talker || open.signalId !== page.signalId) return false;
  return open.pageCount === page.pageCount && open.page + 1 === page.page;
}

function keyOf({ system, id }: SatelliteIdentity): string {
  return `${system} ${id}`;
}

function usedKeys({ talker, systemId, satelliteIds }: MessageOf<'GSA'>): readonly string[] {
  return satelliteIds.map((id) => keyOf(identifySatellite(talker, systemId, id)));
}

/** A satellite as the receiver states it. */
interface StatedSatellite {
  readonly elevationDeg: number | undefined;
  readonly azimuthDeg: number | undefined;
  readonly signalDbHz: number | undefined;
}

function compose({ system, id }: SatelliteIdentity, stated: StatedSatellite, isUsed: boolean): SkySatellite {
  const satellite: { -readonly [Key in keyof SkySatellite]: SkySatellite[Key] } = { system, id, isUsed };
  if (stated.elevationDeg !== undefined) satellite.elevationDeg = stated.elevationDeg;
  if (stated.azimuthDeg !== undefined) satellite.azimuthDeg = stated.azimuthDeg;
  if (stated.signalDbHz !== undefined) satellite.signalDbHz = stated.signalDbHz;
  return satellite;
}

/** Of either sentence; a receiver of all systems and three signals sends about 40 pages. */
const MAX_PAGES = 128;
