/** A moment in UTC as UBX messages state it, put like that of NMEA sentences: to the nearest millisecond, date and time each if known. */
export interface UbxUtc {
  /** Unix time of the midnight before, milliseconds. Undefined unless the receiver calls its date valid. */
  readonly dateUnixMs: number | undefined;
  /** Since midnight UTC, 0 to 86,400,999: the last second may be a leap second. Undefined unless the receiver calls its time valid. */
  readonly timeOfDayMs: number | undefined;
}
