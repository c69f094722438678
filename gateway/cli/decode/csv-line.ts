/**
 * One line of comma-separated values; an empty cell was not stated.
 *
 * @see RFC 4180
 */
export function csvLine(cells: readonly (string | number | bigint | boolean | undefined)[]): string {
  const texts = cells.map((cell) => {
    const text = cell === undefined ? '' : String(cell);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  });
  return `${texts.join(',')}\r\n`;
}
