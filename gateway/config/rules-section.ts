import { z } from 'zod';

/** Everything under `rules`: whether Node-RED runs, where, and how much it may take. */
export function rulesSection() {
  return z
    .strictObject({
      enabled: z
        .boolean()
        .default(false)
        .describe('Run Node-RED beside the gateway; takes about 140 MB of memory. See docs/rules.md.'),
      port: z.int().min(1).max(65_535).default(1880).describe('Port of the editor, on 127.0.0.1 only.'),
      maxHeapMiB: z
        .int()
        .min(64)
        .max(4096)
        .default(256)
        .describe('Most that the JavaScript heap of Node-RED may take; 256 MiB beside it are allowed.'),
      maxPublishesPerSecond: z
        .int()
        .min(1)
        .max(100_000)
        .default(100)
        .describe('Most that the flows may publish on the broker; twice as many at once. Beyond it they wait.'),
    })
    .prefault({})
    .describe('Rules: flows in Node-RED, in a process of its own.');
}
