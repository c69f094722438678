import type { LinkModeSource, LinkStatus } from './link-status.ts';

/** Who said so of the mode of a link, and for how long: `by hand for 2 h more`. @param spanOf prints milliseconds */
export function describeModeSource(
  { modeFrom, modeEndsInMs }: Pick<LinkStatus, 'modeFrom' | 'modeEndsInMs'>,
  spanOf: (ms: number) => string,
): string {
  const until = modeEndsInMs === undefined ? '' : ` for ${spanOf(modeEndsInMs)} more`;
  return `${SOURCES[modeFrom]}${until}`;
}

/** What people can do about a day of a link that runs low or is spent. @returns undefined where nothing is to be done */
export function describeDayRemedy(id: string, state: LinkStatus['state']): string | undefined {
  const less = `filter more in its sinks, or waystation links mode ${id} metered`;
  if (state === 'spent') return `To go on today raise maxBytesPerDay and restart; to last a day ${less}.`;
  return state === 'low' || state === 'reserved' ? `To last the day ${less}; or raise maxBytesPerDay.` : undefined;
}

/** The command that lets everything through a link again; undefined where its mode keeps nothing back. */
export function openingCommand({
  id,
  mode,
  modeFrom,
}: Pick<LinkStatus, 'id' | 'mode' | 'modeFrom'>): string | undefined {
  if (mode === 'normal') return undefined;
  const isOverride = modeFrom === 'cli' || modeFrom === 'command';
  return `waystation links mode ${id} ${isOverride ? 'auto' : 'normal --for 1h'}`;
}

const SOURCES: Readonly<Record<LinkModeSource, string>> = {
  configuration: 'by the configuration',
  schedule: 'by its schedule',
  cli: 'by hand',
  command: 'by a command',
};
