import type { FixMethod, FixQuality } from '#devices/nmea0183/fix-quality.ts';
import type { GnssSentence } from '#devices/nmea0183/gnss-sentence.ts';
import type { FixMode } from '#devices/nmea0183/gsa.ts';
import type { GnssEpoch } from './gnss-epoch.ts';

/**
 * Puts together what the sentences of one moment say, in any order.
 *
 * A position counts only if its own sentence vouches for it and no other sentence of the epoch denies it [S2]. Of several sentences of
 * one type the first counts.
 */
export function composeEpoch(sentences: readonly GnssSentence[], time: EpochTime): GnssEpoch {
  const statedMode = findMode(sentences);
  const precision = findPrecision(sentences);
  const position = findPosition(sentences);
  if (position === undefined || statedMode === 'none') {
    return { ...time, mode: 'none', isModeStated: statedMode === 'none', ...precision };
  }
  const height = findHeight(sentences);
  const mode = statedMode ?? (height.altitudeMslM === undefined ? '2d' : '3d');
  return {
    ...time,
    mode,
    isModeStated: statedMode !== undefined,
    ...position,
    ...(mode === '3d' && height),
    ...findMotion(sentences),
    ...precision,
  };
}

/** When an epoch was, as far as the receiver knows. */
export type EpochTime = Pick<GnssEpoch, 'unixMs' | 'timeOfDayMs'>;

/** Whether a sentence vouches for the position of its epoch, or denies it; undefined where it does neither. */
export function vouchesForFix(sentence: GnssSentence): boolean | undefined {
  switch (sentence.type) {
    case 'GGA':
      return sentence.quality !== 'invalid';
    case 'GNS':
      return sentence.qualities.length === 0 ? undefined : sentence.qualities.some((quality) => quality !== 'invalid');
    case 'RMC':
    case 'GLL':
      return sentence.status === undefined ? undefined : sentence.status === 'valid' && sentence.quality !== 'invalid';
    case 'GSA':
    case 'VTG':
    case 'ZDA':
    case 'GST':
    case 'GSV':
    case 'HDT':
    case 'THS':
    case 'PUBX00':
      return undefined;
  }
}

/** A receiver of several systems sends a GSA for each; one without satellites of a system may say `none` there. */
function findMode(sentences: readonly GnssSentence[]): FixMode | undefined {
  if (sentences.some((sentence) => vouchesForFix(sentence) === false)) return 'none';
  const modes = sentences.map((sentence) => (sentence.type === 'GSA' ? sentence.mode : undefined));
  return FIX_MODES.find((mode) => modes.includes(mode));
}

function findPosition(sentences: readonly GnssSentence[]) {
  for (const type of POSITION_TYPES) {
    const sentence = sentences.find((candidate) => candidate.type === type);
    if (
      sentence === undefined ||
      !('latitudeDeg' in sentence) ||
      sentence.type === 'PUBX00' ||
      vouchesForFix(sentence) !== true
    )
      continue;
    const { latitudeDeg, longitudeDeg } = sentence;
    if (latitudeDeg === undefined || longitudeDeg === undefined) continue;
    const method = bestMethod('qualities' in sentence ? sentence.qualities : [sentence.quality]);
    return { latitudeDeg, longitudeDeg, ...(method !== undefined && { method }) };
  }
  return undefined;
}

function findHeight(sentences: readonly GnssSentence[]) {
  const gga = sentences.find((sentence) => sentence.type === 'GGA');
  const gns = sentences.find((sentence) => sentence.type === 'GNS');
  const altitudeMslM = gga?.altitudeMslM ?? gns?.altitudeMslM;
  const geoidSeparationM = gga?.geoidSeparationM ?? gns?.geoidSeparationM;
  const isComplete = altitudeMslM !== undefined && geoidSeparationM !== undefined;
  // Both summands have a few decimals; so has their sum, once the rounding of binary fractions is off.
  const altitudeHaeM = isComplete ? Math.round((altitudeMslM + geoidSeparationM) * 1e4) / 1e4 : undefined;
  return stated({ altitudeMslM, altitudeHaeM, geoidSeparationM });
}

function findMotion(sentences: readonly GnssSentence[]) {
  const rmc = sentences.find((sentence) => sentence.type === 'RMC');
  const vtg = sentences.find((sentence) => sentence.type === 'VTG');
  const motion = vtg?.quality === 'invalid' ? undefined : vtg;
  return stated({ speedMps: rmc?.speedMps ?? motion?.speedMps, headingDeg: rmc?.headingDeg ?? motion?.headingDeg });
}

/** GNS counts all systems, GGA in some receivers only one, or at most 12 satellites. */
function findPrecision(sentences: readonly GnssSentence[]) {
  const gga = sentences.find((sentence) => sentence.type === 'GGA');
  const gns = sentences.find((sentence) => sentence.type === 'GNS');
  const gsa = sentences.find((sentence) => sentence.type === 'GSA');
  return stated({
    hdop: gns?.hdop ?? gga?.hdop ?? gsa?.hdop,
    pdop: gsa?.pdop,
    vdop: gsa?.vdop,
    satellitesUsed: gns?.satellitesUsed ?? gga?.satellitesUsed,
  });
}

function bestMethod(qualities: readonly (FixQuality | undefined)[]): FixMethod | undefined {
  return METHODS_BEST_FIRST.find((method) => qualities.includes(method));
}

/** Leaves out what is undefined: in an epoch absent means absent. */
function stated<T extends object>(values: T): { readonly [Key in keyof T]?: Exclude<T[Key], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  // The type of an object rebuilt from its entries is lost; the filter above is what the return type says.
  return Object.fromEntries(entries) as { [Key in keyof T]?: Exclude<T[Key], undefined> };
}

const FIX_MODES = ['3d', '2d', 'none'] as const;

/** Sentences that carry a position, the most telling first. */
const POSITION_TYPES = ['GGA', 'GNS', 'RMC', 'GLL'] as const;

const METHODS_BEST_FIRST = [
  'rtkFixed',
  'rtkFloat',
  'precise',
  'differential',
  'autonomous',
  'estimated',
  'manual',
  'simulated',
] as const satisfies readonly FixMethod[];
