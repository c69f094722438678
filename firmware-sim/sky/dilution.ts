/** How the geometry of the satellites multiplies the error of their ranges: dimensionless, 1 and more. */
export interface Dilution {
  readonly pdop: number;
  readonly hdop: number;
  readonly vdop: number;
  readonly tdop: number;
}

/** Where a satellite stands, in degrees: above the horizon, and clockwise from north. */
export interface Direction {
  readonly elevationDeg: number;
  readonly azimuthDeg: number;
}

/**
 * The dilution of precision of a position in three dimensions and the receiver's clock.
 *
 * @returns undefined where fewer than four satellites, or their places, give none
 * @see Kaplan and Hegarty, Understanding GPS, section 11.2.1
 */
export function dilutionOf(directions: readonly Direction[]): Dilution | undefined {
  if (directions.length < UNKNOWNS) return undefined;
  const normal = emptyMatrix();
  for (const row of directions.map(designRow)) {
    for (const [i, left] of row.entries()) for (const [j, right] of row.entries()) addTo(normal, i, j, left * right);
  }
  const [east, north, up, time] = invertedDiagonal(normal) ?? [];
  if (east === undefined || north === undefined || up === undefined || time === undefined) return undefined;
  return {
    pdop: Math.sqrt(east + north + up),
    hdop: Math.sqrt(east + north),
    vdop: Math.sqrt(up),
    tdop: Math.sqrt(time),
  };
}

/** East, north, up, clock. */
const UNKNOWNS = 4;
/** Below this a system of equations has no solution worth the name. */
const SINGULAR = 1e-9;

type Matrix = number[][];

function emptyMatrix(): Matrix {
  return Array.from({ length: UNKNOWNS }, () => new Array<number>(UNKNOWNS).fill(0));
}

function addTo(matrix: Matrix, i: number, j: number, value: number): void {
  const row = matrix[i];
  if (row !== undefined) row[j] = (row[j] ?? 0) + value;
}

function designRow({ elevationDeg, azimuthDeg }: Direction): readonly number[] {
  const [elevation, azimuth] = [(elevationDeg * Math.PI) / 180, (azimuthDeg * Math.PI) / 180];
  const level = Math.cos(elevation);
  return [level * Math.sin(azimuth), level * Math.cos(azimuth), Math.sin(elevation), 1];
}

/** The diagonal of the inverse of a symmetric positive matrix, by Gauss and Jordan. */
function invertedDiagonal(matrix: Matrix): readonly number[] | undefined {
  const rows = matrix.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))]);
  for (const [i, pivotRow] of rows.entries()) {
    const pivot = pivotRow[i] ?? 0;
    if (Math.abs(pivot) < SINGULAR) return undefined;
    for (let j = 0; j < pivotRow.length; j++) pivotRow[j] = (pivotRow[j] ?? 0) / pivot;
    for (const [k, row] of rows.entries()) {
      const factor = row[i] ?? 0;
      if (k !== i) for (let j = 0; j < row.length; j++) row[j] = (row[j] ?? 0) - factor * (pivotRow[j] ?? 0);
    }
  }
  return rows.map((row, i) => row[UNKNOWNS + i] ?? Number.NaN);
}
