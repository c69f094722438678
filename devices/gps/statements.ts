import type { FixMode } from '#devices/nmea0183/gsa.ts';
import type { GnssMessage, MessageOf } from './gnss-message.ts';
import { vouchForFix } from './vouch-for-fix.ts';

/**
 * The messages of one epoch by what they are: of several of one type the first counts, except that one that vouches for the fix goes
 * before one that denies it (a receiver with a GGA per satellite system denies it for those without a signal).
 */
export class Statements {
  pvt: MessageOf<'NAV-PVT'> | undefined;
  sol: MessageOf<'NAV-SOL'> | undefined;
  status: MessageOf<'NAV-STATUS'> | undefined;
  posllh: MessageOf<'NAV-POSLLH'> | undefined;
  posecef: MessageOf<'NAV-POSECEF'> | undefined;
  velned: MessageOf<'NAV-VELNED'> | undefined;
  dop: MessageOf<'NAV-DOP'> | undefined;
  gga: MessageOf<'GGA'> | undefined;
  gns: MessageOf<'GNS'> | undefined;
  rmc: MessageOf<'RMC'> | undefined;
  gll: MessageOf<'GLL'> | undefined;
  pubx: MessageOf<'PUBX00'> | undefined;
  vtg: MessageOf<'VTG'> | undefined;
  gst: MessageOf<'GST'> | undefined;
  /** A receiver of several systems sends a GSA for each; one without satellites of a system may say `none` there. So the best one counts. */
  gsa: MessageOf<'GSA'> | undefined;
  /** Satellites that all GSA list: each has room for 12, GGA in many receivers counts no further. */
  listedSatellites = 0;

  constructor(messages: Iterable<GnssMessage>) {
    for (const message of messages) this.#take(message);
  }

  /** Whether anything that was said denies the fix [S2]. */
  get isDenied(): boolean {
    const { pvt, sol, status, gga, gns, rmc, gll, pubx } = this;
    return (
      denies(gga) ||
      denies(rmc) ||
      denies(gns) ||
      denies(gll) ||
      denies(pvt) ||
      denies(sol) ||
      denies(status) ||
      denies(pubx)
    );
  }

  #take(message: GnssMessage): void {
    switch (message.type) {
      case 'GGA':
        this.gga = prefer(this.gga, message);
        return;
      case 'RMC':
        this.rmc = prefer(this.rmc, message);
        return;
      case 'GSA':
        this.listedSatellites += message.satelliteIds.length;
        if (this.gsa === undefined || rankOf(message.mode) > rankOf(this.gsa.mode)) this.gsa = message;
        return;
      case 'VTG':
        this.vtg ??= message;
        return;
      case 'GLL':
        this.gll = prefer(this.gll, message);
        return;
      case 'GNS':
        this.gns = prefer(this.gns, message);
        return;
      case 'GST':
        this.gst ??= message;
        return;
      case 'PUBX00':
        this.pubx = prefer(this.pubx, message);
        return;
      default:
        this.#takeUbx(message);
    }
  }

  #takeUbx(message: GnssMessage): void {
    switch (message.type) {
      case 'NAV-PVT':
        this.pvt = prefer(this.pvt, message);
        return;
      case 'NAV-SOL':
        this.sol = prefer(this.sol, message);
        return;
      case 'NAV-STATUS':
        this.status = prefer(this.status, message);
        return;
      case 'NAV-POSLLH':
        this.posllh ??= message;
        return;
      case 'NAV-POSECEF':
        this.posecef ??= message;
        return;
      case 'NAV-VELNED':
        this.velned ??= message;
        return;
      case 'NAV-DOP':
        this.dop ??= message;
        return;
      default:
        return;
    }
  }
}

function prefer<T extends GnssMessage>(earlier: T | undefined, later: T): T {
  if (earlier === undefined) return later;
  return vouchForFix(earlier) !== true && vouchForFix(later) === true ? later : earlier;
}

function denies(message: GnssMessage | undefined): boolean {
  return message !== undefined && vouchForFix(message) === false;
}

function rankOf(mode: FixMode | undefined): number {
  return mode === undefined ? -1 : FIX_MODES.indexOf(mode);
}

const FIX_MODES: readonly FixMode[] = ['none', '2d', '3d'];
