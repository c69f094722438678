import type { StreamId } from '#gateway/model/message.ts';
import type { Clock } from '#gateway/runtime/clock.ts';
import type { BatchKeys } from '#gateway/sinks/batch-keys.ts';
import { FileTarget } from './file-target.ts';
import type { Codec } from './member.ts';
import { NodeDrive } from './node-drive.ts';
import type { WhenFull } from './rotation.ts';

/** What is configured of files. */
export interface FileKeys {
  /** Absolute. */
  readonly directory: string;
  readonly requireMount: boolean;
  readonly maxFileBytes: number;
  readonly maxFileMinutes: number;
  readonly maxTotalBytes: number;
  readonly whenFull: WhenFull;
  readonly compress: Codec;
  /** What is synced together. */
  readonly batch: BatchKeys;
}

/** Cheap sticks stand still for half a minute while they tidy up. */
export const MAX_WRITE_MS = 60_000;
const MS_PER_MINUTE = 60_000;
/** In the names of files with several lanes. */
const SEVERAL = 'all';

/** The files of a sink that are named after its lane, or `all`. Those that it wrote when it had other lanes are its own as well. */
export function fileTarget(
  sink: FileKeys & {
    readonly gatewayId: string;
    readonly gatewayUid: string;
    readonly dataDir?: string | undefined;
    readonly lanes: readonly StreamId[];
    readonly journal: { readonly streams: readonly { readonly id: StreamId }[] };
    readonly clock: Clock;
  },
): FileTarget {
  const { gatewayId, gatewayUid, lanes, journal, maxFileBytes, maxTotalBytes, whenFull, clock } = sink;
  const [only, ...others] = lanes;
  const label = only === undefined || others.length > 0 ? SEVERAL : only;
  const earlierLabels = [SEVERAL, ...journal.streams.map(({ id }) => id)];
  return new FileTarget({
    ...{ gatewayUid, maxFileBytes, maxTotalBytes, whenFull, clock },
    drive: new NodeDrive(sink),
    owner: { gatewayId, label, earlierLabels },
    codec: sink.compress,
    maxFileMs: sink.maxFileMinutes * MS_PER_MINUTE,
    maxEventsPerBatch: sink.batch.maxEvents,
  });
}
