/**
 * Text from elsewhere as it may stand in a status or on a terminal: on one line, without control characters, which could move
 * the cursor or repaint what stands there.
 */
export function oneLine(text: string): string {
  return text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
}
