import { type Command, Option } from 'commander';
import { GnssDecoder } from '#devices/gps/gnss-decoder.ts';
import type { GnssEpoch } from '#devices/gps/gnss-epoch.ts';
import { writeUntilClosed } from '#gateway/cli/write-until-closed.ts';
import { csv } from './csv.ts';
import type { EpochFormat } from './epoch-format.ts';
import { formatCounts } from './format-counts.ts';
import { geojson } from './geojson.ts';
import { gpx } from './gpx.ts';
import { jsonLines } from './json-lines.ts';
import { readCapture } from './read-capture.ts';

/** Adds `gnss <file>` to `waystation decode`: a raw serial capture in, its epochs out, a summary of what was refused on stderr. */
export function addDecodeGnss(decode: Command): void {
  decode
    .command('gnss')
    .description(
      'Print the epochs of a satellite receiver, from a capture of NMEA 0183, u-blox UBX, or both on one line.',
    )
    .argument('<file>', 'raw serial capture, or - for standard input')
    .addOption(new Option('--json', 'one JSON object a line, epochs without a fix too (default)').conflicts(OTHERS))
    .addOption(new Option('--csv', 'comma-separated values, epochs without a fix too').conflicts(['gpx', 'geojson']))
    .addOption(new Option('--gpx', 'a GPX 1.1 track').conflicts('geojson'))
    .addOption(new Option('--geojson', 'a GeoJSON point for each fix'))
    .action(decodeGnss);
}

const OTHERS = ['csv', 'gpx', 'geojson'];

interface DecodeGnssOptions {
  readonly csv?: true;
  readonly gpx?: true;
  readonly geojson?: true;
}

/** Memory does not depend on the size of the input. */
async function decodeGnss(path: string, options: DecodeGnssOptions): Promise<void> {
  const decoder = new GnssDecoder();
  const tally = { epochCount: 0 };
  const text = formatEpochs(readCapture(path), decoder, formatOf(options), tally);
  if (!(await writeUntilClosed(text, process.stdout))) return;
  process.stderr.write(`rejected: ${formatCounts(decoder.rejections)}\n`);
  if (tally.epochCount === 0) {
    process.stderr.write('no epochs: is this a raw capture of a receiver that speaks NMEA 0183 or u-blox UBX?\n');
  }
}

function formatOf(options: DecodeGnssOptions): EpochFormat {
  if (options.csv) return csv;
  if (options.gpx) return gpx();
  return options.geojson ? geojson() : jsonLines;
}

async function* formatEpochs(
  chunks: AsyncIterable<Uint8Array>,
  decoder: GnssDecoder,
  format: EpochFormat,
  tally: { epochCount: number },
): AsyncGenerator<string> {
  const add = (epochs: readonly GnssEpoch[]) => {
    tally.epochCount += epochs.length;
    return epochs.map((epoch) => format.add(epoch)).join('');
  };
  // Together with the first chunk: a file that cannot be read leaves the output empty.
  let text = format.begin();
  for await (const chunk of chunks) {
    text += add(decoder.push(chunk));
    if (text !== '') yield text;
    text = '';
  }
  yield text + add(decoder.flush()) + format.end();
}
