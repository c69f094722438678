import { z } from 'zod';
import { DEFAULT_SKY_INTERVAL_MS } from '#gateway/model/gnss-quality.ts';
import { configureSection } from './configure-section.ts';
import { elm327Section } from './elm327-section.ts';
import { qualitySection } from './quality-section.ts';
import { selectionSection } from './selection-section.ts';
import { baudField, serialFields } from './serial-fields.ts';
import { slcanSection } from './slcan-section.ts';
import { socketCanSection } from './socketcan-section.ts';

/** One entry of `devices`: something on a serial port or a CAN interface, or what is made of such. */
export function deviceSection(folder: string) {
  return z.discriminatedUnion('type', [
    gnss(folder),
    slcanSection(folder),
    socketCanSection(folder),
    elm327Section(folder),
    selectionSection(),
  ]);
}

function gnss(folder: string) {
  return z.strictObject({
    type: z.literal('gnss').describe('A satellite navigation receiver.'),
    ...serialFields(folder),
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
