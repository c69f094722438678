import { openInBatches } from '#gateway/sinks/open-in-batches.ts';
import type { CommonOptions } from '#gateway/sinks/sink-options.ts';
import type { TargetType } from '#gateway/sinks/target-type.ts';
import type { FileKeys } from './file-keys.ts';

/** Files on a drive. */
export interface FileSinkOptions extends CommonOptions, FileKeys {
  readonly type: 'file';
}

/** Drives that are carried home. */
export const fileType: TargetType<FileSinkOptions, FileKeys> = {
  timeoutCode: 'file.timeout',
  note: 'A drive grants nothing: what is configured is in effect, down to the room that is left on it.',
  remarksOn: () => [],
  async open(options, common) {
    const { fileTarget, MAX_WRITE_MS } = await import('./file-keys.ts');
    return openInBatches(fileTarget(options), common, options.batch, MAX_WRITE_MS);
  },
  async openMeter(sink, { gatewayUid }) {
    const { LineMeter } = await import('./line-meter.ts');
    return new LineMeter(sink, gatewayUid);
  },
};
