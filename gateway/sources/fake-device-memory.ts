import type { DeviceMemory, RememberedPort } from '#gateway/model/device-memory.ts';

/** Remembers until the test ends. */
export class FakeDeviceMemory implements DeviceMemory {
  readonly ports = new Map<string, RememberedPort>();

  recall(deviceId: string): RememberedPort {
    return this.ports.get(deviceId) ?? {};
  }

  remember(deviceId: string, change: RememberedPort): void {
    this.ports.set(deviceId, { ...this.recall(deviceId), ...change });
  }
}
