import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compileSelection, ENVELOPE_MEMBERS, selectFields } from './select-fields.ts';

const names = fc.constantFrom('data', 'a', 'b', 'type', 'time', '__proto__', 'ä"\\');
const values = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(null, true, 'text', 'with "quotes", and \\', 1.5, -0, 1e21),
    fc.array(tie('value'), { maxLength: 3 }),
    members(tie('value')),
  ),
})).value;

function members(value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.dictionary(names, value, { maxKeys: 4 });
}

/** What the documentation says, on values. */
function selected(
  kind: 'keep' | 'leaveOut',
  paths: readonly (readonly string[])[],
  value: unknown,
  at: readonly string[],
): unknown {
  const isNamed = paths.some((path) => path.length <= at.length && path.every((name, index) => name === at[index]));
  if (isNamed) return kind === 'keep' ? value : undefined;
  const goesOn = paths.some((path) => at.every((name, index) => name === path[index]));
  if (!goesOn) return kind === 'keep' ? undefined : value;
  if (Array.isArray(value)) return value.map((each) => (isObject(each) ? selected(kind, paths, each, at) : each));
  if (!isObject(value)) return kind === 'keep' ? undefined : value;
  const kept = Object.entries(value).flatMap(([name, member]): (readonly [string, unknown])[] => {
    const inside = [...at, name];
    if (inside.length === 1 && ENVELOPE_MEMBERS.has(name)) return [[name, member]];
    const rest = selected(kind, paths, member, inside);
    if (rest !== undefined) return [[name, rest]];
    return inside.length === 1 && name === 'data' && !hasDeeper(paths) ? [[name, {}]] : [];
  });
  return Object.fromEntries(kept);
}

/** Whether a path goes on into data. */
function hasDeeper(paths: readonly (readonly string[])[]): boolean {
  return (
    paths.some(([first, ...rest]) => first === 'data' && rest.length > 0) &&
    !paths.some((path) => path.join() === 'data')
  );
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

it('keeps, or leaves out, what is named and nothing else, in the spelling of the text', () => {
  const paths = fc.array(fc.array(names, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 });
  const spaces = fc.constantFrom(undefined, 1, '\t');
  fc.assert(
    fc.property(members(values), paths, fc.constantFrom('keep', 'leaveOut'), spaces, (event, named, kind, space) => {
      const json = JSON.stringify(event, undefined, space);
      const cut = selectFields(json, compileSelection(kind, named));
      expect(JSON.parse(cut)).toEqual(selected(kind, named, JSON.parse(json), []));
      expect(selectFields(cut, compileSelection(kind, named))).toBe(cut);
    }),
    { numRuns: 1000 },
  );
});
