import type { GnssEpoch } from './gnss-epoch.ts';

/** From the bytes of a receiver to its epochs. */
export class GnssDecoder {
  /** Epochs completed by this chunk. */
  push(_chunk: Uint8Array): readonly GnssEpoch[] {
    return [];
  }

  /** End of the input, or silence: the epoch still open. */
  flush(): readonly GnssEpoch[] {
    return [];
  }

  /** What was refused, by reason. */
  get rejections(): Readonly<Record<string, number>> {
    return {};
  }
}
