import type { LinkStatus } from '#gateway/model/link-status.ts';
import { oneLine } from '#gateway/model/one-line.ts';
import { formatDuration } from './format-duration.ts';
import { formatBytes, formatTable } from './format-table.ts';

const COLUMNS = ['link', 'mode', 'said by', 'of the day', 'used', 'budget', 'reserve', 'day ends', 'sent', 'received'];

/** What went over each link, against its budget; under the table what is wrong, and what to do where a day does not last. */
export function formatLinks(links: readonly LinkStatus[]): string {
  const rows = links.map((link) => {
    const { usedBytes, maxBytes, reserveBytes } = link.day;
    return [
      link.id,
      link.mode,
      formatSource(link),
      link.state === 'off' ? '-' : link.state,
      formatBytes(usedBytes),
      maxBytes === undefined ? 'none' : formatBytes(maxBytes),
      reserveBytes === 0 ? '-' : formatBytes(reserveBytes),
      formatDayEnd(link),
      formatBytes(link.sentBytes),
      formatBytes(link.receivedBytes),
    ];
  });
  const lines = links.flatMap(({ id, remedy, lastError }) => {
    const said = [remedy, lastError === undefined ? undefined : oneLine(lastError)];
    return said.flatMap((line) => (line === undefined ? [] : [`${id}: ${line}`]));
  });
  return [formatTable(COLUMNS, rows), ...lines].join('\n');
}

function formatSource({ modeFrom, modeEndsInMs }: LinkStatus): string {
  return modeEndsInMs === undefined ? modeFrom : `${modeFrom}, for ${formatDuration(modeEndsInMs / 1000)}`;
}

/** Without a date what was used in the last 25 hours of running counts. */
function formatDayEnd({ day: { basis, endsInMs } }: LinkStatus): string {
  if (basis === 'elapsed' || endsInMs === undefined) return 'date unknown';
  return `in ${formatDuration(endsInMs / 1000)}`;
}
