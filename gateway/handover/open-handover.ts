/**
 * Hands over what receivers say to other programs of the host: time to chrony, positions to whatever speaks to gpsd.
 *
 * Off unless configured. It never sets a clock itself, never takes anything in, and a program that is slow or gone costs the
 * gateway nothing. Start reading here; `chrony-feed.ts` and `gpsd-server.ts` are the two receivers of it.
 */
import type { GnssReport } from '#gateway/model/gnss-report.ts';
import type { HandoverStatus } from '#gateway/model/status.ts';
import type { Clock } from '#gateway/runtime/clock.ts';
import type { Logger } from '#gateway/runtime/logger.ts';
import { ChronyFeed } from './chrony-feed.ts';
import { openGpsdServer } from './gpsd-server.ts';
import { openSocatPipe } from './socat-pipe.ts';

/** What to hand over; nothing that is absent. */
export interface HandoverConfig {
  readonly chrony?: { readonly socket: string } | undefined;
  readonly gpsd?: { readonly host: string; readonly port: number } | undefined;
}

/** What it needs of the gateway. */
export interface HandoverContext {
  readonly version: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What is handed over while the gateway runs. */
export interface Handover extends AsyncDisposable {
  /** @param isBelieved whether the timekeeper takes the time of the report for right */
  take(report: GnssReport, isBelieved: boolean): void;
  status(): HandoverStatus;
}

/** Opens what is configured. Neither a missing chrony nor a port that is taken stops the gateway. */
export async function openHandover(config: HandoverConfig, context: HandoverContext): Promise<Handover> {
  const chrony = config.chrony && new ChronyFeed({ ...config.chrony, ...context, openPipe: openSocatPipe });
  const gpsd = config.gpsd && (await openGpsdServer({ ...config.gpsd, ...context }));
  return {
    take(report, isBelieved) {
      if (isBelieved) chrony?.take(report);
      gpsd?.take(report);
    },
    status: () => ({
      ...(chrony === undefined ? {} : { chrony: chrony.status() }),
      ...(gpsd === undefined ? {} : { gpsd: gpsd.status() }),
    }),
    async [Symbol.asyncDispose]() {
      chrony?.[Symbol.dispose]();
      await gpsd?.[Symbol.asyncDispose]();
    },
  };
}
