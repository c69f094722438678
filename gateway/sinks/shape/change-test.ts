import { hash } from 'node:crypto';
import { isOwnTopic } from '#gateway/sinks/own-event.ts';
import { compilePath, type FieldReader } from './expression/compile-expression.ts';
import { parsePath } from './expression/read-path.ts';
import type { Deadband, FilterRule } from './filter-rule.ts';
import type { PayloadDocument } from './payload-document.ts';

/** One of the things that a rule watches: whether an event says something else than the one forwarded last. */
export interface ChangeTest {
  /** What is watched, but not how closely: what was remembered is good for another deadband too. */
  readonly source: string;
  /** What is to be remembered of an event: one number; NaN where it has nothing to watch. */
  read(topic: string, document: PayloadDocument): number;
  /** @param before NaN for nothing. What cannot be compared counts as changed. */
  isChanged(now: number, before: number): boolean;
}

/** What a rule watches; nothing where it forwards what is unchanged as well. */
export function changeTests({ deadband, onChange }: FilterRule): readonly ChangeTest[] {
  const tests: ChangeTest[] = [];
  if (deadband !== undefined) tests.push(deadbandTest(asDeadband(deadband)));
  if (onChange === true) tests.push(CONTENT_TEST);
  else if (onChange !== undefined) tests.push(fieldsTest(onChange));
  return tests;
}

/** A number alone is of the whole payload. */
function asDeadband(deadband: number | Deadband): Deadband {
  return typeof deadband === 'number' ? { field: WHOLE_PAYLOAD, absolute: deadband } : deadband;
}

const WHOLE_PAYLOAD = '$';

function deadbandTest({ field, absolute = 0, percent = 0 }: Deadband): ChangeTest {
  const read = readerOf(field);
  const ratio = percent / 100;
  return {
    source: `number ${field}`,
    read(_topic, document) {
      const value = read(document.value);
      return typeof value === 'number' && Number.isFinite(value) ? value : Number.NaN;
    },
    isChanged: (now, before) => !(Math.abs(now - before) <= Math.max(absolute, ratio * Math.abs(before))),
  };
}

function fieldsTest(fields: readonly string[]): ChangeTest {
  const readers = fields.map(readerOf);
  return {
    source: `fields ${JSON.stringify(fields)}`,
    read(_topic, document) {
      const texts = readers.map((read) => written(read(document.value)));
      // Nothing stands for what is missing: null does not.
      return texts.some((text) => text !== '') ? digestOf(texts.join('\n')) : Number.NaN;
    },
    isChanged: isOther,
  };
}

const readData = compilePath(['data']);

/** The `data` of an event of ours, for its time is new each time; the bytes of any other payload. */
const CONTENT_TEST: ChangeTest = {
  source: 'content',
  read(topic, document) {
    const data = isOwnTopic(topic) ? readData(document.value) : undefined;
    return digestOf(data === undefined ? document.payload : written(data));
  },
  isChanged: isOther,
};

/** What is NaN differs from everything. */
function isOther(now: number, before: number): boolean {
  return now !== before;
}

/** @returns empty for what is missing, and for what is nested too deeply to be written down */
function written(value: unknown): string {
  if (value === undefined) return '';
  try {
    return JSON.stringify(value);
  } catch {
    return '';
  }
}

/** 48 bits, an integer: no two values of one topic share them by chance. @returns NaN for nothing */
function digestOf(content: string | Uint8Array): number {
  return content === '' ? Number.NaN : hash('sha256', content, 'buffer').readUIntBE(0, 6);
}

/** @param field checked when the rule was */
function readerOf(field: string): FieldReader {
  const parsed = parsePath(field);
  return compilePath(parsed.isValid ? parsed.path : []);
}
