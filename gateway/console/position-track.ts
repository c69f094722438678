import type { Done, Message, Publisher } from '#gateway/model/message.ts';
import type { Clock } from '#gateway/runtime/clock.ts';
import { extendTrack } from './extend-track.ts';
import type { Fix } from './live-view.ts';

const TOPIC = /^devices\/([^/]+)\/position$/;

/** The way a receiver took, as far as the page draws it. In memory: it begins anew with the process. */
export class PositionTrack {
  readonly #clock: Clock;
  #fixes: readonly Fix[] = [];
  /** The track is that of a selection between receivers, which goes before that of one. */
  #isSelected = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The newest last. */
  get fixes(): readonly Fix[] {
    return this.#fixes;
  }

  /** A publisher that hands everything on to `next` and remembers the positions it sees. */
  watch(next: Publisher): Publisher {
    return {
      publish: (message: Message, done: Done) => {
        this.note(message);
        next.publish(message, done);
      },
    };
  }

  /** Remembers a position; any other message costs a comparison of its topic. */
  note(message: Message): void {
    if (!message.topic.endsWith('/position')) return;
    const device = TOPIC.exec(message.topic)?.[1];
    if (device === undefined) return;
    const data = dataOf(message.payload);
    const fix = parseFix(device, this.#clock.wallMs(), data);
    if (fix !== undefined) this.#add(fix, 'source' in data);
  }

  #add(fix: Fix, isSelected: boolean): void {
    const last = this.#fixes.at(-1);
    const isOther = last !== undefined && last.device !== fix.device;
    const isBetter = isSelected && !this.#isSelected;
    if (isOther && !isBetter && fix.atMs - last.atMs <= SILENT_AFTER_MS) return;
    this.#isSelected = isSelected;
    this.#fixes = extendTrack(this.#fixes, fix);
  }
}

/** A receiver that said nothing for so long gives its place on the map to another. */
const SILENT_AFTER_MS = 30_000;

function parseFix(device: string, atMs: number, data: object): Fix | undefined {
  const number = (name: string) => {
    const value: unknown = Reflect.get(data, name);
    return typeof value === 'number' ? value : undefined;
  };
  const { latitudeDeg, longitudeDeg } = { latitudeDeg: number('latitude'), longitudeDeg: number('longitude') };
  if (latitudeDeg === undefined || longitudeDeg === undefined) return undefined;
  // Whoever may publish here may be wrong, and the map has no such place.
  if (Math.abs(latitudeDeg) > 90 || Math.abs(longitudeDeg) > 180) return undefined;
  // A reflection would draw a spike.
  if (Reflect.get(data, 'valid') === false) return undefined;
  const { speedKmh, headingDeg } = { speedKmh: number('speedKmh'), headingDeg: number('headingDeg') };
  return {
    device,
    atMs,
    latitudeDeg,
    longitudeDeg,
    ...(speedKmh === undefined ? {} : { speedKmh }),
    ...(headingDeg === undefined ? {} : { headingDeg }),
  };
}

function dataOf(payload: Uint8Array): object {
  try {
    const event: unknown = JSON.parse(Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString());
    const data: unknown = typeof event === 'object' && event !== null ? Reflect.get(event, 'data') : undefined;
    return typeof data === 'object' && data !== null ? data : {};
  } catch {
    return {};
  }
}
