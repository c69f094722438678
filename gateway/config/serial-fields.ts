import { z } from 'zod';
import { deviceIdField, pathField } from './fields.ts';

/** Keys of everything on a serial port. */
export function serialFields(folder: string) {
  return {
    id: deviceIdField(),
    path: pathField(folder).describe('Serial port; prefer /dev/serial/by-id/…, which survives replugging.'),
  };
}

/** Bits per second of a serial line. */
export function baudField() {
  return z.int().min(50).max(4_000_000);
}
