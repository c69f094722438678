/** A part of a recording that is written to the port whole: a line, a frame. */
export interface Piece {
  /** Asked for when the time has come, since an adapter may have been told how to write its frames. */
  bytes(): Uint8Array;
  /** For the ledger. */
  readonly text: string;
  /** By the recording's own clock; absent if the piece does not say. */
  readonly timeMs?: number;
}

/** What is played to a port. */
export interface Recording {
  readonly pieces: Iterable<Piece>;
  /** Lines of the file that cannot be played. */
  readonly skippedCount: number;
}

/** How fast a recording is played: as it was made, ten times that, or as fast as the reader reads. */
export type PlaybackSpeed = 1 | 10 | 'max';
