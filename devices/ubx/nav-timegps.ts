/** UBX-NAV-TIMEGPS, the GPS time of one epoch, with the leap seconds that lead to UTC. */
export interface NavTimegps {
  readonly type: 'NAV-TIMEGPS';
  readonly itowMs: number;
  /** Added to {@link NavTimegps.itowMs} it is the time of week, -500,000 to 500,000. */
  readonly fractionNs: number;
  readonly isTowValid: boolean;
  /** GPS week since 1980; undefined while not known. */
  readonly week: number | undefined;
  /** GPS time ahead of UTC; undefined while not known. */
  readonly leapSeconds: number | undefined;
  readonly timeAccuracyNs: number | undefined;
}
