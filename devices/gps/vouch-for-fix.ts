import type { FixQuality } from '#devices/nmea0183/fix-quality.ts';
import type { GnssMessage } from './gnss-message.ts';

/** Whether a message vouches for the position of its epoch, or denies it; undefined where it does neither. */
export function vouchForFix(message: GnssMessage): boolean | undefined {
  switch (message.type) {
    case 'GGA':
      if (message.satellitesUsed === 0 && BY_SATELLITES.has(message.quality)) return undefined;
      return message.quality !== 'invalid';
    case 'GNS':
      return message.qualities.length === 0 ? undefined : message.qualities.some((quality) => quality !== 'invalid');
    case 'RMC':
    case 'GLL':
      return message.status === undefined ? undefined : message.status === 'valid' && message.quality !== 'invalid';
    case 'PUBX00':
      if (message.navigation === undefined) return undefined;
      return message.navigation !== 'none' && message.navigation !== 'timeOnly';
    case 'NAV-PVT':
    case 'NAV-SOL':
    case 'NAV-STATUS':
      return message.isFixOk && message.fixType !== 'none' && message.fixType !== 'timeOnly';
    default:
      return undefined;
  }
}

/** Methods that take satellites: of none used such a fix is an empty claim. */
const BY_SATELLITES: ReadonlySet<FixQuality> = new Set([
  'autonomous',
  'differential',
  'precise',
  'rtkFixed',
  'rtkFloat',
]);
