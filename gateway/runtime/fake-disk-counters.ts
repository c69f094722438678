import type { DiskCounters, DiskSample } from './disk-counters.ts';

/** Counters that a test sets. */
export class FakeDiskCounters implements DiskCounters {
  deviceName: string | undefined = 'mmcblk0';
  processBytes: number | undefined = 0;
  deviceBytes: number | undefined = 0;

  sample(): DiskSample {
    const { processBytes, deviceBytes } = this;
    return { processBytes, deviceBytes };
  }
}
