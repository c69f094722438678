/** Rows of equal length, the first of them the heading. */
export type Rows = readonly (readonly string[])[];

/** A table for the terminal: columns as wide as they need, all but the first to the right. */
export function textTable(rows: Rows): string {
  return aligned(rows)
    .map((cells) => cells.join('  ').trimEnd())
    .join('\n');
}

/** The same in Markdown, readable as it stands. */
export function markdownTable(rows: Rows): string {
  const [heading = [], ...body] = aligned(rows);
  const rule = heading.map((cell, column) =>
    column === 0 ? '-'.repeat(cell.length) : `${'-'.repeat(cell.length - 1)}:`,
  );
  return [heading, rule, ...body].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function aligned(rows: Rows): Rows {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))),
  );
}
