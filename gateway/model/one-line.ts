/**
 * Text from elsewhere as it may stand in a status or on a terminal: on one line, without control characters, which could move
 * the cursor or repaint what stands there, and without those that turn the direction of writing for what stands behind them.
 */
export function oneLine(text: string): string {
  return text.replaceAll(/[\s\p{Cc}\u202a-\u202e\u2066-\u2069]+/gu, ' ').trim();
}
