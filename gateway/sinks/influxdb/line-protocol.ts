import type { Point } from './compose-point.ts';

const SPECIAL = /[,= ]/;
const EACH_SPECIAL = /[,= ]/g;

/**
 * A point as a line of InfluxDB's line protocol, without the newline between lines. Its texts are clean already: see `line-text.ts`.
 *
 * @see InfluxDB 1.8, line protocol reference
 */
export function lineOf({ measurement, tags, fields, timeUs }: Point): string {
  let line = measurement;
  for (const name in tags) line += `,${escaped(name)}=${escaped(tags[name] ?? '')}`;
  let separator = ' ';
  for (const [name, text] of fields) {
    line += `${separator}${escaped(name)}=${text}`;
    separator = ',';
  }
  return `${line} ${timeUs}`;
}

function escaped(text: string): string {
  return SPECIAL.test(text) ? text.replaceAll(EACH_SPECIAL, '\\$&') : text;
}
