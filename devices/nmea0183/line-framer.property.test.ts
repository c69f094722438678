import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LineFramer } from './line-framer.ts';

const MAX_LINE_CHARS = 16;

/** Noise, and text in which lines are likely. */
const streams = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 30 }),
      fc.stringMatching(/^[$!a-c\r\n]{0,30}$/).map((text) => Buffer.from(text)),
    ),
  )
  .map((parts) => Buffer.concat(parts));

function frame(chunks: readonly Uint8Array[]) {
  const lines: string[] = [];
  const framer = new LineFramer(MAX_LINE_CHARS, (line, start, end) =>
    lines.push(Buffer.from(line.subarray(start, end)).toString('latin1')),
  );
  for (const chunk of chunks) framer.push(chunk);
  framer.flush();
  return { lines, discardedBytes: framer.discardedBytes };
}

it('gives the same lines in any chunking [S1]', () => {
  fc.assert(
    fc.property(streams, fc.array(fc.nat(200)), (stream, cuts) => {
      const edges = [0, ...cuts.map((cut) => Math.min(cut, stream.length)).sort((a, b) => a - b), stream.length];
      const chunks = edges.slice(1).map((end, index) => stream.subarray(edges[index], end));
      expect(frame(chunks)).toEqual(frame([stream]));
    }),
  );
});

it('accounts for every byte: in a line, a line ending, or discarded [S1]', () => {
  fc.assert(
    fc.property(streams, (stream) => {
      const { lines, discardedBytes } = frame([stream]);
      const lineEndings = stream.filter((byte) => byte === 0x0a || byte === 0x0d).length;
      const inLines = lines.reduce((sum, line) => sum + line.length, 0);
      expect(inLines + lineEndings + discardedBytes).toBe(stream.length);
      for (const line of lines) expect(line).toMatch(/^[$!][\x20-\x7e]{0,15}$/);
    }),
  );
});
