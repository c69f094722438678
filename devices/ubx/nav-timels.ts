/** UBX-NAV-TIMELS, the leap seconds between GPS time and UTC, now and as announced. */
export interface NavTimels {
  readonly type: 'NAV-TIMELS';
  readonly itowMs: number;
  /** GPS time ahead of UTC; undefined while the receiver does not know. */
  readonly leapSeconds: number | undefined;
  /** Who told the count: 0 built in, 1 GPS and GLONASS, 2 GPS, 3 SBAS, 4 BeiDou, 5 Galileo, 6 configured, 7 NavIC, 255 nobody. */
  readonly leapSecondSource: number;
  /** What is announced: 1 a second is inserted, -1 one is left out, 0 none is scheduled; undefined while not known. */
  readonly announcedChangeS: number | undefined;
  readonly announcementSource: number;
  /** Until the announced change, or, negative, since the last one. */
  readonly timeToChangeS: number | undefined;
  /** GPS week and day (1 is Sunday) of that change. */
  readonly changeWeek: number | undefined;
  readonly changeDay: number | undefined;
}
