/** UBX-NAV-DOP, dilutions of precision of one epoch; 99.99 is the largest that can be stated. */
export interface NavDop {
  readonly type: 'NAV-DOP';
  readonly itowMs: number;
  readonly gdop: number;
  readonly pdop: number;
  readonly tdop: number;
  readonly vdop: number;
  readonly hdop: number;
  readonly ndop: number;
  readonly edop: number;
}
