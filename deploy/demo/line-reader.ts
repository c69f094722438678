/** Longest line kept; what is longer is not a message of ours, and is dropped. */
const MAX_LINE_CHARS = 1_000_000;

/** Cuts chunks of text into lines. Stateful: one reader per stream. */
export function createLineReader(onLine: (line: string) => void): (chunk: string) => void {
  let rest = '';
  return (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE_CHARS) rest = '';
    for (const line of lines) onLine(line);
  };
}
