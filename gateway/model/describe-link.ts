import type { LinkModeSource, LinkStatus } from './link-status.ts';

/** The mode of a link, who said so, and for how long: `off by hand for 2 h more`. @param spanOf prints milliseconds */
export function describeMode(
  { mode, modeFrom, modeEndsInMs }: Pick<LinkStatus, 'mode' | 'modeFrom' | 'modeEndsInMs'>,
  spanOf: (ms: number) => string,
): string {
  const until = modeEndsInMs === undefined ? '' : ` for ${spanOf(modeEndsInMs)} more`;
  return `${mode} ${SOURCES[modeFrom]}${until}`;
}

const SOURCES: Readonly<Record<LinkModeSource, string>> = {
  configuration: 'by the configuration',
  schedule: 'by its schedule',
  cli: 'by hand',
  command: 'by a command',
};
