import { resolve } from 'node:path';
import { z } from 'zod';
import { isSlug, parseStreamId } from '#gateway/model/names.ts';
import { isTopicFilter } from '#gateway/model/topic-filter.ts';

/** The field types that sections of the configuration share. */

/** A path; relative ones start at the folder of the configuration file, not at the working directory. */
export function pathField(folder: string) {
  return z
    .string()
    .min(1)
    .refine((path) => !path.includes('\0'), 'a path has no NUL character')
    .transform((path) => resolve(folder, path));
}

const SLUG_EXPECTED = 'expected lower-case letters, digits and dashes, a letter first, at most 32';
const SLUG_PATTERN = '^[a-z][a-z0-9-]{0,31}$';

/** Names a sink or a device: part of topics and file names. */
export function slugField() {
  return z.string().refine(isSlug, SLUG_EXPECTED).meta({ pattern: SLUG_PATTERN });
}

/** Names a stream. */
export function streamIdField() {
  return z
    .string()
    .meta({ pattern: SLUG_PATTERN })
    .transform((text, context) => {
      const id = parseStreamId(text);
      if (id !== undefined) return id;
      context.addIssue({ code: 'custom', message: SLUG_EXPECTED, input: text });
      return z.NEVER;
    });
}

/** A topic filter with `+` and `#`. */
export function topicFilterField() {
  return z
    .string()
    .refine(
      isTopicFilter,
      'expected a topic filter: levels between slashes, + for one level, # for the rest at the end',
    );
}

const SIZE = /^(\d{1,12}) ?(B|KiB|MiB|GiB)$/;
const UNIT_BYTES = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 } as const;
const SIZE_EXPECTED = 'expected a size such as 64KiB, 16MiB or 1GiB, or a plain number of bytes';

/** A size in bytes: a whole number, or a number with `B`, `KiB`, `MiB` or `GiB`. */
export function sizeField(minBytes: number, maxBytes: number) {
  return z
    .union([z.int(), z.string().regex(SIZE, SIZE_EXPECTED)], SIZE_EXPECTED)
    .transform(sizeInBytes)
    .refine(
      (bytes) => bytes >= minBytes && bytes <= maxBytes,
      `expected a size from ${formatSize(minBytes)} to ${formatSize(maxBytes)}`,
    );
}

/** @returns undefined for what is no size */
export function parseSize(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && SIZE.test(value) ? sizeInBytes(value) : undefined;
}

function sizeInBytes(size: number | string): number {
  if (typeof size === 'number') return size;
  const [, count = '', unit = 'B'] = SIZE.exec(size) ?? [];
  return Number(count) * (isUnit(unit) ? UNIT_BYTES[unit] : 1);
}

function isUnit(unit: string): unit is keyof typeof UNIT_BYTES {
  return unit in UNIT_BYTES;
}

/** As in a configuration: `64KiB`. */
export function formatSize(bytes: number): string {
  const unit = bytes % UNIT_BYTES.GiB === 0 ? 'GiB' : bytes % UNIT_BYTES.MiB === 0 ? 'MiB' : 'KiB';
  return `${bytes / UNIT_BYTES[unit]}${unit}`;
}

/** The name of a device. */
export function deviceIdField() {
  return slugField().describe('Name of the device: its events are published under devices/<id>/.');
}
