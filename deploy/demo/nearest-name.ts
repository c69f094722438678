/** The name that `written` was probably meant to be: at most two letters away, and most of them right. */
export function nearestName(written: string, names: readonly string[]): string | undefined {
  const scored = names.map((name) => ({ name, edits: editDistance(written, name) }));
  const near = scored.filter(({ name, edits }) => edits <= 2 && edits * 2 <= name.length);
  return near.sort((a, b) => a.edits - b.edits)[0]?.name;
}

/** Insertions, deletions and replacements of a letter (Levenshtein). */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [index, letter] of [...from].entries()) {
    const above = row;
    row = [index + 1];
    for (let column = 1; column < above.length; column++) {
      const replaced = (above[column - 1] ?? 0) + (letter === to[column - 1] ? 0 : 1);
      row.push(Math.min(replaced, (above[column] ?? 0) + 1, (row[column - 1] ?? 0) + 1));
    }
  }
  return row[to.length] ?? 0;
}
