import type { Command } from 'commander';
import { GnssDecoder } from '#devices/gps/gnss-decoder.ts';
import { writeUntilClosed } from '#gateway/cli/write-until-closed.ts';
import { formatCounts } from './format-counts.ts';
import { addFormatOptions, type FormatOptions, fileFormatOf, formatEpochs } from './format-epochs.ts';
import { jsonLines } from './json-lines.ts';
import { readCapture } from './read-capture.ts';

/** Adds `gnss <file>` to `waystation decode`: a raw serial capture in, its epochs out, a summary of what was refused on stderr. */
export function addDecodeGnss(decode: Command): void {
  const command = decode
    .command('gnss')
    .description(
      'Print the epochs of a satellite receiver, from a capture of NMEA 0183, u-blox UBX, or both on one line.',
    )
    .argument('<file>', 'raw serial capture, or - for standard input');
  addFormatOptions(command, 'one line of JSON for each epoch').action(decodeGnss);
}

/** Memory does not depend on the size of the input. */
async function decodeGnss(path: string, options: FormatOptions): Promise<void> {
  const decoder = new GnssDecoder();
  let epochCount = 0;
  const format = fileFormatOf(options) ?? jsonLines;
  const text = formatEpochs(readCapture(path), decoder, format, (count) => {
    epochCount += count;
  });
  if (!(await writeUntilClosed(text, process.stdout))) return;
  process.stderr.write(`rejected: ${formatCounts(decoder.rejections)}\n`);
  if (epochCount === 0) {
    process.stderr.write('no epochs: is this a raw capture of a receiver that speaks NMEA 0183 or u-blox UBX?\n');
  }
}
