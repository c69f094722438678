import { z } from 'zod';
import { busFields } from './bus-fields.ts';
import { baudField, serialFields } from './serial-fields.ts';

/** A CAN bus behind a serial line. */
export function slcanSection(folder: string) {
  return z.strictObject({
    type: z.literal('slcan').describe('A CAN adapter that speaks the Lawicel serial-line protocol.'),
    ...serialFields(folder),
    bitrate: z
      .literal([10_000, 20_000, 50_000, 100_000, 125_000, 250_000, 500_000, 800_000, 1_000_000])
      .describe('Bits per second of the CAN bus.'),
    listenOnly: z
      .boolean()
      .default(true)
      .describe('Never send on the bus, not even acknowledge; false joins the bus as a node.'),
    adapter: z
      .literal(['auto', 'lawicel', 'canable'])
      .default('auto')
      .describe(
        'What the adapter is, which decides how it is told to keep silent: auto asks it. State it only for one that does not answer; ' +
          'canable opens the bus by a command that joins the bus on any other.',
      ),
    baud: baudField().default(115_200).describe('Bits per second of the serial line; USB adapters ignore it.'),
    ...busFields(folder),
  });
}
