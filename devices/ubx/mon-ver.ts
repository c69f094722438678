/** UBX-MON-VER, what a receiver is. Answers a poll; states no time. */
export interface MonVer {
  readonly type: 'MON-VER';
  readonly softwareVersion: string;
  readonly hardwareVersion: string;
  /** `PROTVER=18.00`, `MOD=ZED-F9P`, …: as the receiver puts them. */
  readonly extensions: readonly string[];
}
