import { configuredLanes, inConfiguredOrder } from './configured-order.ts';
import { formatTable } from './format-table.ts';
import type { GatewayOptions } from './gateway-options.ts';
import { openSource } from './journal/open-source.ts';

/** Prints how far every sink has come; of a running gateway, or of a folder. */
export async function listSinks(options: GatewayOptions & { readonly json?: true }): Promise<void> {
  await using source = await openSource(options);
  const found = await source.reader.stat();
  const cursors = inConfiguredOrder(found.cursors, await configuredLanes(options.config));
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify(cursors)}\n`);
    return;
  }
  const rows = cursors.map(({ sink, stream, acknowledgedSequence = 'damaged', backlogCount }) => [
    sink,
    stream,
    acknowledgedSequence,
    backlogCount ?? '-',
  ]);
  process.stdout.write(`${formatTable(['sink', 'stream', 'acknowledged', 'backlog'], rows)}\n`);
}
