import { formatTable } from './format-table.ts';
import type { GatewayOptions } from './gateway-options.ts';
import { openSource } from './journal/open-source.ts';

/** Prints how far every sink has come; of a running gateway, or of a folder. */
export async function listSinks(options: GatewayOptions): Promise<void> {
  await using source = await openSource(options);
  const { cursors } = await source.reader.stat();
  const rows = cursors.map(({ sink, stream, acknowledgedSequence = 0, backlogCount }) => [
    sink,
    stream,
    acknowledgedSequence,
    backlogCount,
  ]);
  process.stdout.write(`${formatTable(['sink', 'stream', 'acknowledged', 'backlog'], rows)}\n`);
}
