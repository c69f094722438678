import { z } from 'zod';
import { isLoopback } from '#gateway/model/loopback.ts';
import { pathField } from './fields.ts';

/** Everything under `time`: what is handed over of receivers to other programs of the host. Absent is off. */
export function timeSection(folder: string) {
  const chrony = z.strictObject({
    socket: pathField(folder)
      .prefault('/run/chrony.waystation.sock')
      .describe('Unix socket that chronyd makes, as in its `refclock SOCK`. Needs the program socat.'),
  });
  return z
    .strictObject({
      chrony: chrony.optional().describe('Give chronyd the time of the receivers; the gateway itself sets no clock.'),
      gpsd: gpsd().optional().describe('Tell clients of gpsd what the receivers say, in the JSON of its protocol.'),
    })
    .prefault({})
    .describe('Time and positions for other programs of this machine; nothing unless asked for.');
}

function gpsd() {
  return z
    .strictObject({
      host: z.string().min(1).default('127.0.0.1').describe('Address to listen on.'),
      port: z.int().min(0).max(65_535).default(2947).describe('TCP port; 0 takes a free one.'),
      insecure: z
        .boolean()
        .default(false)
        .describe('Must be true for anything but loopback: whoever connects is told where the vehicle is.'),
    })
    .refine(({ host, insecure }) => insecure || isLoopback(host), {
      path: ['host'],
      error:
        'clients of gpsd have no sign-in, and are told where the vehicle is; listen on 127.0.0.1, or write insecure: true',
    });
}
