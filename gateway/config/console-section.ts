import { z } from 'zod';
import { isLoopback } from '#gateway/model/loopback.ts';

/** Everything under `console`: where the page, the API and the metrics are served. */
export function consoleSection() {
  return z
    .strictObject({
      enabled: z.boolean().default(true).describe('Serve the console.'),
      host: z
        .string()
        .default('127.0.0.1')
        .refine(isLoopback, 'the console has no sign-in yet, so it serves this machine only; write 127.0.0.1')
        .describe('Address to listen on; loopback only.'),
      port: z.int().min(0).max(65_535).default(8080).describe('TCP port; 0 takes a free one.'),
    })
    .prefault({})
    .describe('Web page, HTTP API and metrics.');
}
