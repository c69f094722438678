/** Every bound of the journal, by name. Those under «format» are checked against what is read from disk before it is used [J12]. */

/** Format: most bytes of one record. An append above it is refused with `journal.recordTooLarge`. */
export const MAX_RECORD_BYTES = 4 * 1024 * 1024;
/** Format: most bytes of one frame's body, before and after compression. */
export const MAX_FRAME_BODY_BYTES = 8 * 1024 * 1024;
/** Format: most records in one frame. */
export const MAX_FRAME_RECORDS = 65_536;
/** Format: largest segment file. */
export const MAX_SEGMENT_BYTES = 1024 * 1024 * 1024;

/** Format: largest index of a segment. */
export const MAX_INDEX_BYTES = 1024 * 1024;

/** A new file grows by this much at a time, as zeros: frames overwrite them in place. */
export const ZERO_FILL_STEP_BYTES = 256 * 1024;
/** The index of a segment has at most one entry for so many bytes of frames. */
export const INDEX_STEP_BYTES = 64 * 1024;
/** Files of dropped segments that one stream keeps to use them again. */
export const MAX_FREE_FILES = 1;

/** A batch that holds this much is not added to. With one more record it still fits a frame. */
export const BATCH_BYTES = 1024 * 1024;
/** A batch that holds this many records is not added to. */
export const BATCH_RECORDS = 8192;
/** What may wait for the disk in one stream, in bytes and in records; an append above either is refused with `journal.full`. */
export const MAX_PENDING_BYTES = 64 * 1024 * 1024;
export const MAX_PENDING_RECORDS = 262_144;
/**
 * Where a stream does not sync every frame: what may stand in a segment without a sync, in bytes of frames and in records; the last
 * frame may reach beyond. A start writes that much again.
 */
export const MAX_UNSYNCED_BYTES = 256 * 1024;
export const MAX_UNSYNCED_RECORDS = 65_536;
/** How long what was acknowledged before its sync waits after the disk has refused it. */
export const COMMIT_RETRY_MS = 1000;
/** How often a frame is tried, each time in a new segment, before its records are failed. */
export const MAX_COMMIT_ATTEMPTS = 3;

/** Bodies below this are compressed on the event loop (some 45 µs), larger ones in the thread pool. */
export const SYNC_COMPRESSION_BYTES = 32 * 1024;
/** Bodies below this are not worth compressing: a record alone hardly shrinks. */
export const MIN_COMPRESSION_BYTES = 256;

/** What is read from a segment at a time. */
export const READ_CHUNK_BYTES = 128 * 1024;
/** How often the disk is asked for a block that it does not give, before what lies in it is taken for damaged. */
export const MAX_READ_ATTEMPTS = 3;
/** Read positions, frames and file handles that one stream remembers: one for each reader, and as many that it has left. */
export const MAX_READ_POSITIONS = 64;
export const MAX_CACHED_FRAMES = 32;
export const MAX_READ_FILES = 8;
/** What the frames take, decompressed, unless one alone is larger: a full one for each of a dozen readers. */
export const MAX_CACHED_BYTES = 16 * 1024 * 1024;
/** Frames that a read opens before it lets others have the event loop: some milliseconds, unless they are large. */
export const FRAMES_PER_TURN = 32;

/** The least time between two writes of a cursor: flash wears out. A crash costs this much repetition. */
export const CURSOR_PERSIST_INTERVAL_MS = 1000;
/** How long the first move after a rest gathers others, so that a gateway that keeps dying young makes progress too. */
export const CURSOR_GATHER_MS = 100;
/** Ranges that a cursor holds beyond its sequence; a sink that has more opens no new one [D1]. */
export const MAX_CURSOR_RANGES = 64;
/** What a filter may remember between restarts, per sink and stream. */
export const MAX_FILTER_STATE_BYTES = 16 * 1024;
/** How soon a cursor that could not be written is tried again. */
export const CURSOR_RETRY_MS = 10_000;

/** Ranges that the list of losses of one stream holds; beyond that the two oldest become one. */
export const MAX_LOSS_RANGES = 64;

/** How often retention looks at the age of what there is. */
export const RETENTION_INTERVAL_MS = 60_000;
/** How long a read may keep retention waiting; then its segment goes, and the reader is told what is lost [J8]. */
export const READ_LEASE_MS = 10_000;
/** Given up when a cursor or the list of losses needs room on a full disk. */
export const RESERVE_BYTES = 64 * 1024;

/** Segment size unless configured. */
export const DEFAULT_SEGMENT_BYTES = 16 * 1024 * 1024;

/** Clock runs that are remembered: beyond, the oldest records without a time of their own stay without. */
export const MAX_CLOCK_RUNS = 1024;
/** Segments of the stream that remembers them, and their size: two that are full hold more marks than that makes. */
export const MAX_CLOCK_SEGMENTS = 3;
export const CLOCK_SEGMENT_BYTES = 256 * 1024;

/** Segments of the stream that holds the state: small, for it is kept short by the segment. */
export const STATE_SEGMENT_BYTES = 1024 * 1024;
/** Largest value of the state: with a key as long as a topic and the name of a client it fits a record. */
export const MAX_STATE_VALUE_BYTES = MAX_RECORD_BYTES - 256 * 1024;
/** What one record of the state holds, unless a single change is larger. */
export const MAX_STATE_RECORD_BYTES = 128 * 1024;
/** Changes of the state that may wait for a disk that takes nothing; beyond it, who keeps it promises nobody anything new. */
export const MAX_PENDING_STATE_BYTES = 16 * 1024 * 1024;
/** How much of a write of the state waits for the disk at a time. */
export const MAX_STATE_UNANSWERED_BYTES = 8 * 1024 * 1024;
/** What is read of the state at a time: at its start, and to copy it. */
export const STATE_READ_EVENTS = 1024;
export const STATE_READ_LIMIT = { maxEvents: STATE_READ_EVENTS, maxBytes: MAX_STATE_RECORD_BYTES };
/** What the log of the state may take beside {@link STATE_LOG_FACTOR} times what is still true of it. */
export const MIN_STATE_LOG_BYTES = 4 * STATE_SEGMENT_BYTES;
export const STATE_LOG_FACTOR = 2;
/** For each byte that is written to the state, so many at most are read back, and copied if they are still true. */
export const MAX_STATE_COPY_FACTOR = 4;
/** How long a change of the state waits for others, when nobody waits for it. */
export const LAZY_WRITE_MS = 1000;

/** What one step of a reader takes, whoever asks over the control socket: some milliseconds of the event loop. */
export const VIEW_READ_LIMIT = { maxEvents: 500, maxBytes: 256 * 1024 };
/** A reader of a running gateway rests for so many times as long as its step took: a fifth of the event loop at most is its own. */
export const LIVE_REST_FACTOR = 4;
/** An answer over the control socket is cut behind the record that exceeds this; one record is always in it. */
export const MAX_ANSWER_RECORD_BYTES = 2 * 1024 * 1024;
/** Readers that wait for records at a time; they take as many of the control socket's connections. */
export const MAX_WAITING_READERS = 8;
/** The longest that one of them waits before it must ask again. */
export const MAX_READ_WAIT_MS = 20_000;
