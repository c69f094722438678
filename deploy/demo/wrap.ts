/** Lines of at most `columns`, broken at words; a word that is longer stays whole, and leading spaces begin every line. */
export function wrapText(text: string, columns: number): readonly string[] {
  const indent = /^ */.exec(text)?.[0] ?? '';
  return fill(text.slice(indent.length), columns - indent.length, ' ').map((line) => indent + line);
}

/** The same for figures: one of them is broken only if it is too long for a line of its own. */
export function wrapFigures(text: string, columns: number): readonly string[] {
  return fill(text, columns, ' · ').flatMap((line) => wrapText(line, columns));
}

function fill(text: string, columns: number, separator: string): readonly string[] {
  const [first = '', ...rest] = text.split(separator);
  const lines: string[] = [];
  let line = first;
  for (const piece of rest) {
    if (line.length + separator.length + piece.length > columns) {
      lines.push(line);
      line = piece;
    } else {
      line += separator + piece;
    }
  }
  return [...lines, line];
}
