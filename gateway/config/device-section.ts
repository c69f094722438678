import { z } from 'zod';
import { DEFAULT_SKY_INTERVAL_MS } from '#gateway/model/gnss-quality.ts';
import { busFields } from './bus-fields.ts';
import { configureSection } from './configure-section.ts';
import { pathField, slugField } from './fields.ts';
import { qualitySection } from './quality-section.ts';
import { selectionSection } from './selection-section.ts';

/** One entry of `devices`: something on a serial port, or what is made of such. */
export function deviceSection(folder: string) {
  return z.discriminatedUnion('type', [gnss(folder), slcan(folder), selectionSection()]);
}

const baudField = () => z.int().min(50).max(4_000_000);

function serial(folder: string) {
  return {
    id: slugField().describe('Name of the device: its events are published under devices/<id>/.'),
    path: pathField(folder).describe('Serial port; prefer /dev/serial/by-id/…, which survives replugging.'),
  };
}

function gnss(folder: string) {
  return z.strictObject({
    type: z.literal('gnss').describe('A satellite navigation receiver.'),
    ...serial(folder),
    baud: z
      .union([z.literal('auto'), baudField()], 'expected auto, or bits per second from 50 to 4000000')
      .default('auto')
      .describe('Bits per second; auto finds them, and tries those first that it found last time.'),
    protocol: z
      .literal(['auto', 'nmea0183', 'ubx'])
      .default('auto')
      .describe('What the receiver speaks: whose messages prove a rate; auto takes both, also mixed.'),
    configure: configureSection(),
    quality: qualitySection(),
    weekRollover: z
      .literal(['refuse', 'correct'])
      .default('refuse')
      .describe(
        'What becomes of a date before the release of this version, as of a receiver whose count of weeks has rolled over: it is ' +
          'refused, or 1,024 weeks are added and the event says so.',
      ),
    skyIntervalMs: z
      .int()
      .min(0)
      .max(86_400_000)
      .default(DEFAULT_SKY_INTERVAL_MS)
      .describe('The satellites in view are published at most so often; 0 never.'),
  });
}

function slcan(folder: string) {
  return z.strictObject({
    type: z.literal('slcan').describe('A CAN adapter that speaks the Lawicel serial-line protocol.'),
    ...serial(folder),
    bitrate: z
      .literal([10_000, 20_000, 50_000, 100_000, 125_000, 250_000, 500_000, 800_000, 1_000_000])
      .describe('Bits per second of the CAN bus.'),
    listenOnly: z
      .boolean()
      .default(true)
      .describe('Never send on the bus, not even acknowledge; false joins the bus as a node.'),
    baud: baudField().default(115_200).describe('Bits per second of the serial line; USB adapters ignore it.'),
    ...busFields(folder),
  });
}
