/** Terminals of boards and consoles over serial lines are rarely wider. */
const MAX_COLUMNS = 100;

/** Breaks a line between words, and sets off what goes on. A word that is longer than a line stands alone. */
export function wrapLine(text: string, indent = 2): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > MAX_COLUMNS) {
      lines.push(line);
      line = `${' '.repeat(indent)}${word}`;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].join('\n');
}
