/** Numbers and times as the page writes them: short, and of steady width. */

/** `0`, `3.4`, `128`, `12,800`. */
export function formatRate(perSecond: number): string {
  if (perSecond === 0) return '0';
  return perSecond < 99.5 ? perSecond.toFixed(1) : Math.round(perSecond).toLocaleString('en');
}

/** `1,234`. */
export function formatCount(count: number): string {
  return count.toLocaleString('en');
}

/** `640 B`, `1.5 MiB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  return `${power === 0 || value >= 99.5 ? Math.round(value) : value.toFixed(1)} ${units[power] ?? 'B'}`;
}

/** `0 s`, `59 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`: two units at most. */
export function formatSpan(durationMs: number): string {
  const seconds = Math.max(0, Math.round(durationMs / 1000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  if (days > 0) return pair(days, 'd', hours % 24, 'h');
  if (hours > 0) return pair(hours, 'h', minutes % 60, 'min');
  return minutes > 0 ? pair(minutes, 'min', seconds % 60, 's') : `${seconds} s`;
}

function pair(big: number, bigUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${big} ${bigUnit}` : `${big} ${bigUnit} ${small} ${smallUnit}`;
}

const TIME = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});

/** The browser's local time of day. */
export function formatTime(wallMs: number): string {
  return TIME.format(wallMs);
}

/** The moment in UTC, for who compares with a log. */
export function formatUtc(wallMs: number): string {
  return `${new Date(wallMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** `48.13715° N`: five digits are a metre. */
export function formatDegrees(degrees: number, positive: string, negative: string): string {
  return `${Math.abs(degrees).toFixed(5)}° ${degrees < 0 ? negative : positive}`;
}

/** `500 m`, `2 km`. */
export function formatDistance(metres: number): string {
  return metres < 1000 ? `${metres} m` : `${metres / 1000} km`;
}
