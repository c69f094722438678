/** The name that `written` was probably meant to be: at most two edits away, and no more than half its letters. */
export function nearestName(written: string, names: readonly string[]): string | undefined {
  // Longer words are no typing slip of a key, and the distance costs their product.
  if (written.length > 64) return undefined;
  const scored = names.map((name) => ({ name, edits: editDistance(written.toLowerCase(), name.toLowerCase()) }));
  const near = scored.filter(({ name, edits }) => edits <= 2 && edits * 2 <= name.length);
  return near.sort((a, b) => a.edits - b.edits)[0]?.name;
}

/** Insertions, deletions, replacements, and two letters that changed places (Damerau–Levenshtein, each letter moved once). */
function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  let beforePrevious = previous;
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const replaced = (previous[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1);
      const isSwapped = column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      const swapped = isSwapped ? (beforePrevious[column - 2] ?? 0) + 1 : replaced;
      current.push(Math.min(replaced, swapped, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[to.length] ?? 0;
}
