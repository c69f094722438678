const COLOUR_COUNT = 4;
const DASHES = [[], [6, 4], [2, 3], [10, 3, 2, 3]] as const;

/** How a line of a chart is drawn. */
export interface LineStyle {
  /** Of `--series-0` and so on. */
  readonly colour: number;
  /** Lengths of strokes and gaps in pixels; empty for a line without gaps. */
  readonly dash: readonly number[];
}

/** As many lines look different from each other. */
export const MAX_STYLES = COLOUR_COUNT * DASHES.length;

/** The look of the line of an index: neighbours differ in colour and dash, and who sees no colours can tell four in a row apart. */
export function lineStyle(index: number): LineStyle {
  const round = Math.floor(index / COLOUR_COUNT);
  return { colour: index % COLOUR_COUNT, dash: DASHES[(index + round) % DASHES.length] ?? [] };
}
