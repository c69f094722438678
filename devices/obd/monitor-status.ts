/** The lamp, the number of codes, and what the vehicle has tested of itself. */
export interface MonitorStatus {
  /** The malfunction indicator lamp; absent in the status of a drive cycle. */
  readonly isMilOn?: boolean;
  /** Confirmed codes of this control unit; absent in the status of a drive cycle. */
  readonly dtcCount?: number;
  readonly ignition: 'spark' | 'compression';
  /** Of the tests that the vehicle has: whether each has run to its end. */
  readonly completeness: Readonly<Record<string, boolean>>;
}

const CONTINUOUS = ['misfire', 'fuelSystem', 'components'] as const;
const SPARK = [
  ...(['catalyst', 'heatedCatalyst', 'evaporativeSystem', 'secondaryAir'] as const),
  ...(['gasolineParticulateFilter', 'oxygenSensor', 'oxygenSensorHeater', 'egrOrVvt'] as const),
] as const;
const COMPRESSION = [
  ...(['nmhcCatalyst', 'noxAftertreatment', undefined, 'boostPressure'] as const),
  ...([undefined, 'exhaustGasSensor', 'particulateFilter', 'egrOrVvt'] as const),
] as const;

/**
 * Parameters 01 (since the codes were cleared) and 41 (this drive cycle), four bytes.
 *
 * @see SAE J1979, PID $01 and $41
 */
export function decodeMonitorStatus(pid: number, data: Uint8Array): MonitorStatus {
  const [lamp = 0, continuous = 0, supported = 0, incomplete = 0] = data;
  const isCompression = (continuous & 0x08) !== 0;
  const completeness: Record<string, boolean> = {};
  for (const [bit, name] of CONTINUOUS.entries())
    if ((continuous >> bit) & 1) completeness[name] = ((continuous >> (bit + 4)) & 1) === 0;
  for (const [bit, name] of (isCompression ? COMPRESSION : SPARK).entries())
    if (name !== undefined && (supported >> bit) & 1) completeness[name] = ((incomplete >> bit) & 1) === 0;
  return {
    ...(pid === 0x01 ? { isMilOn: (lamp & 0x80) !== 0, dtcCount: lamp & 0x7f } : {}),
    ignition: isCompression ? 'compression' : 'spark',
    completeness,
  };
}
