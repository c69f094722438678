/**
 * Histories: what happens to one journal over several lives of its process, on a disk that fails and lies, as plain data.
 *
 * Nothing here knows how the journal works: a history is made from a seed (`generate-history.ts`), played against the real journal
 * on a `MemoryStorage` (`play-history.ts`), watched by an observer that knows the guarantees (`observer.ts`), and cut down to the
 * shortest one that still breaks them (`shorten-history.ts`). Start reading here.
 */
import type { SyncMode } from '#gateway/journal/journal.ts';
import type { Lie, Operation } from '#gateway/journal/memory-storage.ts';
import type { RetentionLimits } from '#gateway/journal/retention.ts';

/** Everything that is needed to play it again, to the letter. */
export interface History {
  readonly settings: HistorySettings;
  readonly lives: readonly Life[];
}

/** The configuration, the same in every life. */
export interface HistorySettings {
  /** Of the random numbers that the journal draws. */
  readonly seed: number;
  readonly segmentBytes: number;
  readonly isCompressed: boolean;
  /** Of the first stream; the others always sync before they answer. */
  readonly sync: SyncMode;
  readonly lingerMs: number;
  /** Of each stream; undefined for no bound. */
  readonly retention: readonly (RetentionLimits | undefined)[];
  /** Of all streams together. */
  readonly maxBytes?: number;
}

/** One run of the process, from opening the journal to its death. */
export interface Life {
  /** Whether the disk has come to another machine. */
  readonly isMoved: boolean;
  /** What is wrong with the disk before the journal is opened. */
  readonly before: readonly Trouble[];
  readonly commands: readonly Command[];
  readonly death: Death;
  /** A sink that is not configured in this life. */
  readonly absentSink?: number;
  /** Before it a newer version has written into a segment, and this one is started in vain; which segment is drawn by this seed. */
  readonly newerSeed?: number;
}

/** How a life ends. */
export type Death =
  | { readonly how: 'close' }
  | {
      readonly how: 'kill' | 'powerCut';
      /** The call of the disk that is the last; if the commands end earlier, they are the end. */
      readonly atCall: number;
      readonly seed: number;
    };

/** What is done with the journal, or to its disk. Streams and sinks are told by their index. */
export type Command =
  | {
      readonly do: 'append';
      readonly stream: number;
      readonly count: number;
      readonly sizeBytes: number;
      readonly isAwaited: boolean;
    }
  | { readonly do: 'drain'; readonly sink: number; readonly count: number; readonly isPersisted: boolean }
  | { readonly do: 'jump'; readonly sink: number; readonly count: number }
  | { readonly do: 'forget'; readonly sink: number }
  | { readonly do: 'read'; readonly stream: number; readonly maxEvents: number; readonly isAwaited: boolean }
  | { readonly do: 'wait'; readonly durationMs: number }
  | { readonly do: 'stepClock'; readonly byMs: number }
  | { readonly do: 'markClock' }
  | { readonly do: 'holdSyncs' }
  | Trouble;

/** What happens to the disk. */
export type Trouble =
  | { readonly do: 'fail'; readonly operation: Operation; readonly code: string; readonly count: number }
  | { readonly do: 'full'; readonly freeBlocks: number; readonly isCopyOnWrite: boolean }
  | { readonly do: 'readOnly' }
  | { readonly do: 'heal' }
  | { readonly do: 'flipBit'; readonly seed: number }
  | { readonly do: 'breakSector'; readonly seed: number }
  | { readonly do: 'lie'; readonly lie: Lie; readonly seed: number };

/** The streams of every history, and the sinks: the first reads the first stream, the second the second. */
export const STREAM_NAMES = ['telemetry', 'alerts'] as const;
export const SINK_NAMES = ['hub', 'archive'] as const;

/** A history as text for people, one line for each thing that happens. */
export function describeHistory({ settings, lives }: History): string {
  const { seed, segmentBytes, isCompressed, sync, lingerMs } = settings;
  const lines = [
    `segments of ${segmentBytes} bytes${isCompressed ? ', compressed' : ''} (random numbers of seed ${seed})`,
  ];
  if (sync !== 'always') lines.push(`${STREAM_NAMES[0]} is synced every ${sync.everyMs} ms`);
  if (lingerMs > 0) lines.push(`${STREAM_NAMES[0]} lingers ${lingerMs} ms`);
  for (const [index, limits] of settings.retention.entries()) {
    if (limits !== undefined) lines.push(`${STREAM_NAMES[index]} keeps at most ${describeLimits(limits)}`);
  }
  if (settings.maxBytes !== undefined) lines.push(`all streams together keep at most ${settings.maxBytes} bytes`);
  for (const [index, life] of lives.entries()) {
    lines.push(`life ${index + 1}${life.isMoved ? ', on another machine' : ''}:`);
    if (life.newerSeed !== undefined) lines.push(`  a newer version writes into a segment (seed ${life.newerSeed})`);
    if (life.absentSink !== undefined) lines.push(`  ${SINK_NAMES[life.absentSink]} is not configured`);
    for (const trouble of life.before) lines.push(`  before opening, ${describeCommand(trouble)}`);
    for (const command of life.commands) lines.push(`  ${describeCommand(command)}`);
    lines.push(`  ${describeDeath(life.death)}`);
  }
  return lines.join('\n');
}

function describeLimits({ maxBytes, maxAgeMs, overflow }: RetentionLimits): string {
  return `${maxBytes} bytes${maxAgeMs === undefined ? '' : ` and ${maxAgeMs} ms`}, ${overflow}`;
}

function describeDeath(death: Death): string {
  if (death.how === 'close') return 'the journal is closed';
  const what = death.how === 'kill' ? 'the process is killed' : `the power is cut (seed ${death.seed})`;
  return `${what} at call ${death.atCall} of the disk, or here`;
}

function describeCommand(command: Command): string {
  switch (command.do) {
    case 'append': {
      const answer = command.isAwaited ? ', and wait for the answers' : '';
      return `append ${command.count} × ${command.sizeBytes} bytes to ${STREAM_NAMES[command.stream]}${answer}`;
    }
    case 'drain':
      return `${SINK_NAMES[command.sink]} takes up to ${command.count} events${command.isPersisted ? ', its cursor is persisted' : ''}`;
    case 'jump':
      return `${SINK_NAMES[command.sink]} has ${command.count} events, but not the one before them`;
    case 'forget':
      return `${SINK_NAMES[command.sink]} is to be forgotten`;
    case 'read':
      return `read ${STREAM_NAMES[command.stream]}, ${command.maxEvents} at a time${command.isAwaited ? '' : ', beside the rest'}`;
    case 'wait':
      return `${command.durationMs} ms pass`;
    case 'stepClock':
      return `the wall clock is set by ${command.byMs} ms`;
    case 'markClock':
      return 'the time becomes known';
    case 'holdSyncs':
      return 'syncs take their time from here on';
    case 'fail':
      return `the next ${command.count} × ${command.operation} fail with ${command.code}`;
    case 'full':
      return `the disk has ${command.freeBlocks} blocks left${command.isCopyOnWrite ? ', and copies what it overwrites' : ''}`;
    case 'readOnly':
      return 'the disk becomes read-only';
    case 'heal':
      return 'the disk is well again';
    case 'flipBit':
      return `a bit flips (seed ${command.seed})`;
    case 'breakSector':
      return `a sector cannot be read any more (seed ${command.seed})`;
    case 'lie':
      return `the disk lies: ${command.lie} (seed ${command.seed})`;
  }
}
