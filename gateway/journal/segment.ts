import { crc32 } from 'node:zlib';
import type { Stamp } from '#gateway/model/message.ts';
import type { SegmentFooter } from './segment-footer.ts';
import type { SegmentHeader } from './segment-header.ts';
import type { SegmentIndex } from './segment-index.ts';

/** One file of a stream, as writer and readers share it. */
export interface Segment {
  readonly header: SegmentHeader;
  readonly path: string;
  readonly saltChecksum: number;
  /** Where the frames that may be read end; undefined until somebody has read that far. */
  endOffset: number | undefined;
  /** What the file takes on disk. */
  fileBytes: number;
  /** Of the first record; undefined if there is none yet, or in a segment of an earlier run that is not gone on in. */
  firstStamp: Stamp | undefined;
  /** What stands at its end once it is sealed. A segment that a crash left unsealed is read without. */
  footer: SegmentFooter | undefined;
  /** Of the frames that this run has written or found, until it stands on the disk. */
  index: SegmentIndex | undefined;
}

/** A segment file with no header that holds. What was in it is lost; it takes its place until the segment before it goes. */
export interface UnreadableFile {
  readonly number: number;
  readonly path: string;
  readonly sizeBytes: number;
}

/** A file of a dropped segment: its place on the disk is used again, its content never believed. */
export interface FreeFile {
  readonly path: string;
  readonly sizeBytes: number;
}

/** Describes a segment that has just been made, or found without a footer. */
export function describeSegment(folder: string, header: SegmentHeader, fileBytes: number): Segment {
  return {
    header,
    path: segmentPath(folder, header.number),
    saltChecksum: crc32(header.salt),
    endOffset: undefined,
    fileBytes,
    firstStamp: undefined,
    footer: undefined,
    index: undefined,
  };
}

/** Ends the name of a file that is not finished yet. */
export const UNFINISHED_SUFFIX = '.new';
/** Ends the name of a segment that was dropped; its place on the disk is for the next one, its content is never believed. */
export const FREE_SUFFIX = '.free';

/** The number in a segment's name, or undefined if it is none. */
export function parseSegmentName(name: string): number | undefined {
  const number = Number(/^(\d{16})\.segment$/.exec(name)?.[1]);
  return Number.isSafeInteger(number) ? number : undefined;
}

/** Where the segment with this number lies. */
export function segmentPath(folder: string, number: number): string {
  return `${folder}/${String(number).padStart(16, '0')}.segment`;
}
