import { type Command, Option } from 'commander';
import type { GnssDecoder } from '#devices/gps/gnss-decoder.ts';
import type { GnssEpoch } from '#devices/gps/gnss-epoch.ts';
import { csv } from './csv.ts';
import type { EpochFormat } from './epoch-format.ts';
import { geojson } from './geojson.ts';
import { gpx } from './gpx.ts';

/** Which format a command was asked for; none is JSON lines. */
export interface FormatOptions {
  readonly csv?: true;
  readonly gpx?: true;
  readonly geojson?: true;
}

/** Adds the options of {@link FormatOptions} to a command. @param json what JSON lines hold there */
export function addFormatOptions(command: Command, json: string): Command {
  return command
    .addOption(new Option('--json', `${json} (default)`).conflicts(['csv', 'gpx', 'geojson']))
    .addOption(new Option('--csv', 'epochs as comma-separated values').conflicts(['gpx', 'geojson']))
    .addOption(new Option('--gpx', 'fixes as a GPX 1.1 track').conflicts('geojson'))
    .addOption(new Option('--geojson', 'fixes as GeoJSON points'));
}

/** The format of a file, if one was asked for. */
export function fileFormatOf(options: FormatOptions): EpochFormat | undefined {
  if (options.csv) return csv;
  if (options.gpx) return gpx();
  return options.geojson ? geojson() : undefined;
}

/** Decodes a capture and writes its epochs. @param onEpochs told how many each step gave */
export async function* formatEpochs(
  chunks: AsyncIterable<Uint8Array>,
  decoder: GnssDecoder,
  format: EpochFormat,
  onEpochs: (count: number) => void,
): AsyncGenerator<string> {
  const add = (epochs: readonly GnssEpoch[]) => {
    onEpochs(epochs.length);
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
