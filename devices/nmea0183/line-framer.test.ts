import { describe, expect, it } from 'vitest';
import { LineFramer } from './line-framer.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');

function frame(text: string, maxLineChars = 20) {
  const lines: string[] = [];
  const framer = new LineFramer(maxLineChars, (line, start, end) =>
    lines.push(Buffer.from(line.subarray(start, end)).toString('latin1')),
  );
  framer.push(bytes(text));
  framer.flush();
  return { lines, discardedBytes: framer.discardedBytes };
}

describe('LineFramer', () => {
  it.each<[title: string, text: string, lines: string[], discardedBytes: number]>([
    ['ends a line at CR LF', '$a\r\n$b\r\n', ['$a', '$b'], 0],
    ['ends a line at LF alone', '$a\n$b\n', ['$a', '$b'], 0],
    ['ends a line at CR alone', '$a\r$b\r', ['$a', '$b'], 0],
    ['begins a line at ! too', '!AIVDM\r\n', ['!AIVDM'], 0],
    ['counts what stands before a line', 'noise$a\r\n', ['$a'], 5],
    ['counts comments, not their line endings', '# made up\r\n$a\r\n', ['$a'], 9],
    ['drops a line whose tail was lost when the next begins', '$lost$a\r\n', ['$a'], 5],
    ['drops a line with a byte that is not printable', '$a\x00b\r\n$c\r\n', ['$c'], 4],
    ['drops a line with a byte above ASCII', '$a\x80b\r\n$c\r\n', ['$c'], 4],
    ['drops binary frames between lines', '\xb5b\x01\x07\x02\x00$a\r\n\xd3\x00\x13', ['$a'], 9],
    ['keeps a line of the longest length', `$${'x'.repeat(19)}\r\n`, [`$${'x'.repeat(19)}`], 0],
    ['drops a line that is one longer', `$${'x'.repeat(20)}\r\n$a\r\n`, ['$a'], 21],
    ['gives out on flush what has no line ending', '$a\r\n$b', ['$a', '$b'], 0],
    ['makes no line of line endings', '\r\n\r\n', [], 0],
  ])('%s [S1]', (_title, text, lines, discardedBytes) => {
    expect(frame(text)).toEqual({ lines, discardedBytes });
  });

  it('starts anew after a flush', () => {
    const lines: number[] = [];
    const framer = new LineFramer(20, (_, start, end) => lines.push(end - start));
    framer.push(bytes('$first'));
    framer.flush();
    framer.push(bytes('rest\r\n$second\r\n'));
    framer.flush();
    expect(lines).toEqual(['$first'.length, '$second'.length]);
  });
});
