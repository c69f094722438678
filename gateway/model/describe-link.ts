import type { LinkModeSource, LinkStatus } from './link-status.ts';

/** Who said so of the mode of a link, and for how long: `by hand for 2 h more`. @param spanOf prints milliseconds */
export function describeModeSource(
  { modeFrom, modeEndsInMs }: Pick<LinkStatus, 'modeFrom' | 'modeEndsInMs'>,
  spanOf: (ms: number) => string,
): string {
  const until = modeEndsInMs === undefined ? '' : ` for ${spanOf(modeEndsInMs)} more`;
  return `${SOURCES[modeFrom]}${until}`;
}

const SOURCES: Readonly<Record<LinkModeSource, string>> = {
  configuration: 'by the configuration',
  schedule: 'by its schedule',
  cli: 'by hand',
  command: 'by a command',
};
