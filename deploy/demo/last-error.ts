/** @returns the last error in a program's log with what follows it, its remedy; the whole log if it names none */
export function lastError(logLines: readonly string[]): readonly string[] {
  return logLines.slice(
    Math.max(
      0,
      logLines.findLastIndex((line) => line.startsWith('error: ')),
    ),
  );
}
