import { z } from 'zod';
import { busFields } from './bus-fields.ts';
import { deviceIdField } from './fields.ts';

/** A CAN bus behind an interface of the Linux kernel. */
export function socketCanSection(folder: string) {
  return z.strictObject({
    type: z.literal('socketcan').describe('A CAN interface of the Linux kernel, read through candump of can-utils.'),
    id: deviceIdField(),
    interface: z
      .string()
      .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}$/, 'expected the name of a network interface, as can0')
      .describe('Name of the interface; bit rate and listen-only mode are set where it is brought up.'),
    ...busFields(folder),
  });
}
