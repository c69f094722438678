import { compileExpression } from '#gateway/sinks/shape/expression/compile-expression.ts';
import { MAX_EXPRESSION_CHARACTERS, type TextFault } from '#gateway/sinks/shape/expression/expression.ts';
import { parseExpression } from '#gateway/sinks/shape/expression/parse-expression.ts';
import { parsePath } from '#gateway/sinks/shape/expression/read-path.ts';
import { compileSelection, selectFields } from '#gateway/sinks/shape/select-fields.ts';
import { decodeSentMemory, MAX_FILTER_MEMORY_BYTES, SentMemory } from '#gateway/sinks/shape/sent-memory.ts';
import { expectThat, type FuzzTarget } from '#tests/fuzz/fuzz-target.ts';
import { damageBytes, isLikely, pick, randomBytes } from '#tests/fuzz/mutate.ts';
import type { SeededRandom } from '#tests/support/seeded-random.ts';

const PAYLOADS = [
  ...[undefined, null, 5, 'text', [1, [2]], {}, JSON.parse('{"__proto__":{"x":1},"data":{"x":"5"}}')],
  { data: { x: 5, y: null, list: [{ x: 1 }], in: { x: true } } },
] as const;

const FIELDS = ['data.x', 'data.list[0].x', '$', 'data["in"].x', '__proto__.x', 'constructor', 'data.y'] as const;
const VALUES = ['5', '-0.5e3', '"text"', "'5'", 'true', 'false', 'null', '"\\u0035"'] as const;

/** A condition, mostly a valid one. */
function randomCondition(random: SeededRandom, depth: number): string {
  const inner = () => randomCondition(random, depth + 1);
  const simple = [
    () => `${pick(random, FIELDS)} ${pick(random, ['==', '!=', '<', '<=', '>', '>='])} ${pick(random, VALUES)}`,
    () => `${pick(random, FIELDS)} in [${pick(random, VALUES)}, ${pick(random, VALUES)}]`,
    () => `exists(${pick(random, FIELDS)})`,
    () => pick(random, FIELDS),
  ] as const;
  if (depth > 6 || isLikely(random, 0.4)) return pick(random, simple)();
  return pick(random, [
    () => `not ${inner()}`,
    () => `(${inner()})`,
    () => `${inner()} and ${inner()}`,
    () => `${inner()} or ${inner()}`,
  ])();
}

function expectPlace({ index, message }: TextFault, text: string): void {
  const isInside = index >= 0 && index <= Math.min(text.length, MAX_EXPRESSION_CHARACTERS);
  expectThat(isInside && message !== '', () => `character ${index} of ${text.length}: ${message}`);
}

const CONDITION_TARGET: FuzzTarget = {
  name: 'filter-condition',
  hasLoosePieces: true,
  generate(random) {
    const bytes = Buffer.from(randomCondition(random, 0));
    return [isLikely(random, 0.6) ? damageBytes(random, bytes, `()[].,<>=!"'\\$-+e andornotinexists`) : bytes];
  },
  check(input) {
    const text = Buffer.concat(input).toString();
    const path = parsePath(text);
    if (!path.isValid) expectPlace(path.fault, text);
    const parsed = parseExpression(text);
    if (!parsed.isValid) return expectPlace(parsed.fault, text);
    const condition = compileExpression(parsed.expression);
    const negation = parseExpression(`not (${text})`);
    // One level of parentheses more may be one too many.
    if (!negation.isValid) return expectThat(negation.fault.message.includes('than'), () => negation.fault.message);
    for (const payload of PAYLOADS) {
      const holds = condition(payload);
      expectThat(typeof holds === 'boolean', () => `${text} is ${String(holds)}`);
      expectThat(compileExpression(negation.expression)(payload) === !holds, () => `${text} and its negation agree`);
    }
  },
};

const SELECTIONS = [
  compileSelection('keep', [['data', 'x'], ['data', 'list', 'x'], ['y']]),
  compileSelection('leaveOut', [['data', 'x'], ['data', 'list', 'x'], ['y']]),
];

const JSON_TEXTS = [
  '{"type":"a","data":{"x":1.50,"list":[{"x":1,"y":[{}]},5]},"y":"]}\\""}',
  '{"data":[[[{"x":{}}]]],"time":null}',
  '[1,{"data":2}]',
  ' { } ',
] as const;

const SELECTION_TARGET: FuzzTarget = {
  name: 'filter-selection',
  hasLoosePieces: true,
  generate(random) {
    const bytes = Buffer.from(pick(random, JSON_TEXTS));
    return [damageBytes(random, bytes, '{}[]:,"\\ 019eEtruefalsnu')];
  },
  check(input) {
    const text = Buffer.concat(input).toString();
    // Only what is JSON is ever cut.
    if (!isJson(text)) return;
    for (const selection of SELECTIONS) {
      const cut = selectFields(text, selection);
      expectThat(isJson(cut) && cut.length <= text.length + '{}'.length, () => `${text} became ${cut}`);
      expectThat(selectFields(cut, selection) === cut, () => `${cut} is cut again`);
    }
  },
};

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const MEMORY_TARGET: FuzzTarget = {
  name: 'filter-memory',
  hasLoosePieces: true,
  generate(random) {
    const memory = new SentMemory();
    for (let count = random.integer(1, 8); count > 0; count--) {
      const key = Buffer.from(randomBytes(random, 8)).toString('hex');
      const values = Array.from({ length: random.integer(0, 3) }, () => random.next());
      memory.apply({ key, clockRun: key, monotonicMs: random.next(), wallMs: random.integer(0, 1e9), values });
    }
    const bytes = memory.encode(MAX_FILTER_MEMORY_BYTES) ?? new Uint8Array();
    return [isLikely(random, 0.8) ? damageBytes(random, bytes, '\x00\x01\xff') : bytes];
  },
  check(input) {
    const memory = decodeSentMemory(Buffer.concat(input));
    if (!memory.isDecoded) return;
    const bytes = memory.value.encode(MAX_FILTER_MEMORY_BYTES);
    if (bytes === undefined) return;
    const again = decodeSentMemory(bytes);
    const isSame = again.isDecoded && Buffer.from(again.value.encode(MAX_FILTER_MEMORY_BYTES) ?? []).equals(bytes);
    expectThat(isSame, () => 'a memory that was written down is another when it is read');
  },
};

/** What a filter reads: its conditions, the texts that it cuts fields out of, and what it remembered before a restart. */
export const FILTER_TARGETS: readonly FuzzTarget[] = [CONDITION_TARGET, SELECTION_TARGET, MEMORY_TARGET];
