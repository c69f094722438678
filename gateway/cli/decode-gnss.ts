import { createReadStream } from 'node:fs';
import type { Command } from 'commander';
import { GnssDecoder } from '#devices/gps/gnss-decoder.ts';
import type { GnssEpoch } from '#devices/gps/gnss-epoch.ts';
import { WaystationError } from '#gateway/model/errors.ts';
import { writeUntilClosed } from './write-until-closed.ts';

/** Adds `gnss <file>` to `waystation decode`: a raw serial capture in, one JSON line per epoch out, a summary of what was refused on stderr. */
export function addDecodeGnss(decode: Command): void {
  decode
    .command('gnss')
    .description('Print the epochs of an NMEA 0183 capture as JSON lines.')
    .argument('<file>', 'raw serial capture, or - for standard input')
    .action(decodeGnss);
}

/** Memory does not depend on the size of the input. */
async function decodeGnss(path: string): Promise<void> {
  const decoder = new GnssDecoder();
  const tally = { epochCount: 0 };
  if (!(await writeUntilClosed(formatEpochs(readChunks(path), decoder, tally), process.stdout))) return;
  process.stderr.write(`rejected: ${formatCounts(decoder.rejections)}\n`);
  if (tally.epochCount === 0) process.stderr.write('no epochs: is this an NMEA 0183 capture? UBX is not read yet.\n');
}

/** @throws WaystationError `file.unreadable` */
async function* readChunks(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* path === '-' ? process.stdin : createReadStream(path);
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause);
    throw new WaystationError('file.unreadable', `Reading the capture ${path}: ${found}`, { cause });
  }
}

async function* formatEpochs(
  chunks: AsyncIterable<Uint8Array>,
  decoder: GnssDecoder,
  tally: { epochCount: number },
): AsyncGenerator<string> {
  const format = (epochs: readonly GnssEpoch[]) => {
    tally.epochCount += epochs.length;
    return epochs.map(formatEpoch).join('');
  };
  for await (const chunk of chunks) yield format(decoder.push(chunk));
  yield format(decoder.flush());
}

/** The neutral fix record that other decoders' output is compared with. JSON leaves out what is undefined: absent is not stated. */
function formatEpoch(epoch: GnssEpoch): string {
  const record = {
    t: epoch.unixMs === undefined ? undefined : new Date(epoch.unixMs).toISOString(),
    mode: MODE_NUMBER[epoch.mode],
    lat: rounded(epoch.latitudeDeg, 9),
    lon: rounded(epoch.longitudeDeg, 9),
    altMSL: epoch.altitudeMslM,
    altHAE: epoch.altitudeHaeM,
    geoidSep: epoch.geoidSeparationM,
    speed: rounded(epoch.speedMps, 3),
    track: epoch.headingDeg,
    satsUsed: epoch.satellitesUsed,
    hdop: epoch.hdop,
  };
  return `${JSON.stringify(record)}\n`;
}

const MODE_NUMBER = { none: 1, '2d': 2, '3d': 3 } as const;

/** Computed values carry digits that no receiver stated. */
function rounded(value: number | undefined, decimals: number): number | undefined {
  return value === undefined ? undefined : Number(value.toFixed(decimals));
}

function formatCounts(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).map(([reason, count]) => `${reason} ${count}`);
  return parts.length === 0 ? 'nothing' : parts.join(', ');
}
