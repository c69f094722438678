import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { sampleEvent } from '#gateway/sinks/testing/sample-record.ts';
import type { LinePacket } from './compose-line.ts';
import { FileTarget, type FileTargetOptions } from './file-target.ts';
import { NodeDrive } from './node-drive.ts';

/** A target for tests that writes to a folder of the host; what it goes by is roomy unless told. */
export function openTestTarget(directory: string, options: Partial<FileTargetOptions> = {}): FileTarget {
  return new FileTarget({
    gatewayUid: 'uid-1',
    owner: { gatewayId: 'truck-7', label: 'all', earlierLabels: [] },
    drive: new NodeDrive({ directory, requireMount: false }),
    codec: 'none',
    maxFileBytes: 2 ** 20,
    maxFileMs: 3_600_000,
    maxTotalBytes: 2 ** 30,
    whenFull: 'pause',
    maxEventsPerBatch: 1000,
    clock: new FakeClock(),
    ...options,
  });
}

/** Events `from` to `to` of one stream. */
export function packetsOf(target: FileTarget, from: number, to: number): readonly LinePacket[] {
  const event = sampleEvent();
  return Array.from({ length: to - from + 1 }, (_, index) =>
    target.prepare({ ...event, stored: { ...event.stored, sequence: from + index } }),
  );
}

/** Their ids. */
export function idsOf(from: number, to: number): readonly string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => `telemetry/00000000000000aa/${from + index}`);
}
