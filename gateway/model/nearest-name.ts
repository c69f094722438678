/** The name that `written` was probably meant to be: at most two edits away, and no more than half its letters. */
export function nearestName(written: string, names: readonly string[]): string | undefined {
  // Longer words are no typing slip of a key, and the distance costs their product.
  if (written.length > 64) return undefined;
  const scored = names.map((name) => ({ name, edits: editDistance(written.toLowerCase(), name.toLowerCase()) }));
  const near = scored.filter(({ name, edits }) => edits <= 2 && edits * 2 <= name.length);
  return near.sort((a, b) => a.edits - b.edits)[0]?.name;
}

/** Insertions, deletions and replacements (Levenshtein). */
function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const replaced = (previous[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[to.length] ?? 0;
}
