import { z } from 'zod';
import { SETUP_MESSAGES, SETUP_PORTS, SETUP_RATE_HZ } from '#gateway/model/receiver-setup.ts';

/** What a u-blox receiver is told; absent, the gateway never writes to it. */
export function configureSection() {
  return z
    .strictObject({
      port: z
        .literal(SETUP_PORTS)
        .default('uart1')
        .describe("Which of the receiver's own ports leads to the gateway: usb where it has a USB plug itself."),
      rateHz: z.number().min(SETUP_RATE_HZ.min).max(SETUP_RATE_HZ.max).optional().describe('Positions a second.'),
      messages: z
        .partialRecord(z.literal(SETUP_MESSAGES), z.int().min(0).max(255))
        .optional()
        .describe(
          `Messages, each sent with every n-th position, 0 never; others stay as they are. ${SETUP_MESSAGES.join(', ')}.`,
        ),
    })
    .optional()
    .describe(
      'What a u-blox receiver is told whenever its port was opened or it was silent; it keeps it until its power is cut. Without this key the ' +
        'gateway never writes to a receiver.',
    );
}
