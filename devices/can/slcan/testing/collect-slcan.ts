import type { SlcanItem } from '#devices/can/slcan/slcan-item.ts';
import { SlcanParser } from '#devices/can/slcan/slcan-parser.ts';

/** What a parser makes of these chunks, as a list; for tests. */
export function collectSlcan(...chunks: readonly Uint8Array[]) {
  const items: SlcanItem[] = [];
  const parser = new SlcanParser({
    onFrame: (frame) => items.push({ kind: 'frame', frame: { ...frame, data: frame.data.slice() } }),
    onAnswer: (answer) => items.push(answer),
  });
  for (const chunk of chunks) parser.push(chunk);
  const rejections = Object.fromEntries(Object.entries(parser.rejections).filter(([, count]) => count > 0));
  return { items, rejections };
}
