import type { FieldPath } from './expression/expression.ts';

/** Which members of an event stay: those that are named, or all but those. */
export interface FieldSelection {
  readonly kind: 'keep' | 'leaveOut';
  readonly root: SelectionNode;
}

interface SelectionNode {
  /** The path ends here: all of the value is meant. */
  isNamed: boolean;
  readonly members: Map<string, SelectionNode>;
}

/** The members around `data` that make an event of ours what it is; no selection takes them away. */
export const ENVELOPE_MEMBERS: ReadonlySet<string> = new Set([
  'type',
  'version',
  'time',
  'clock',
  'boot',
  'monotonicMs',
]);
const DATA_MEMBER = 'data';

/** @param paths names of members only: in a list, a name is meant of each object in it */
export function compileSelection(kind: FieldSelection['kind'], paths: readonly FieldPath[]): FieldSelection {
  const root: SelectionNode = { isNamed: false, members: new Map() };
  for (const path of paths) {
    let node = root;
    for (const segment of path) {
      const name = String(segment);
      const next = node.members.get(name) ?? { isNamed: false, members: new Map() };
      node.members.set(name, next);
      node = next;
    }
    node.isNamed = true;
  }
  return { kind, root };
}

/**
 * Takes members out of the text of an event of ours. What stays is copied as it was written, character for character, so that
 * `1.50`, `1e3` and numbers of twenty digits stay what they are; only spaces between members go.
 *
 * @param json the text of a JSON object; anything else comes back as it is
 */
export function selectFields(json: string, { kind, root }: FieldSelection): string {
  const cutter = new JsonCutter(json, kind);
  return cutter.isObject ? cutter.cutEvent(root) : json;
}

/** Walks over text that is known to be JSON, once, from left to right. Goes as deep as the paths, whatever the depth of the text. */
class JsonCutter {
  readonly #json: string;
  readonly #isKeeping: boolean;
  #offset: number;

  constructor(json: string, kind: FieldSelection['kind']) {
    this.#json = json;
    this.#isKeeping = kind === 'keep';
    this.#offset = spaceEnd(json, 0);
  }

  get isObject(): boolean {
    return this.#json[this.#offset] === '{';
  }

  cutEvent(root: SelectionNode): string {
    return this.#cutObject((name) => {
      if (ENVELOPE_MEMBERS.has(name)) return 'whole';
      const node = root.members.get(name);
      // An event of ours has data, be it an empty object.
      if (name === DATA_MEMBER) return node === undefined || node.isNamed ? this.#fateOfData(node) : node;
      return this.#fateOf(node);
    });
  }

  #fateOfData(node: SelectionNode | undefined): Fate {
    const isWhole = this.#isKeeping === (node !== undefined);
    return isWhole ? 'whole' : 'empty';
  }

  #fateOf(node: SelectionNode | undefined): Fate {
    if (node !== undefined && !node.isNamed) return node;
    return this.#isKeeping === (node !== undefined) ? 'whole' : 'gone';
  }

  /** The value that begins here, less what does not stay. @returns undefined where nothing of it stays */
  #cutValue(node: SelectionNode): string | undefined {
    const first = this.#json[this.#offset];
    if (first === '{') return this.#cutMembers(node);
    if (first === '[') return this.#cutList(node);
    const whole = this.#takeValue();
    // The path goes on, and here is nothing that it could go on into.
    return this.#isKeeping ? undefined : whole;
  }

  #cutMembers(node: SelectionNode): string {
    return this.#cutObject((name) => this.#fateOf(node.members.get(name)));
  }

  #cutObject(fateOf: (name: string) => Fate): string {
    let cut = '';
    this.#offset = spaceEnd(this.#json, this.#offset + 1);
    while (this.#json[this.#offset] === '"') {
      const written = this.#takeValue();
      // Behind the name, the colon.
      this.#offset = spaceEnd(this.#json, spaceEnd(this.#json, this.#offset) + 1);
      const value = this.#cutMember(fateOf(nameOf(written)));
      if (value !== undefined) cut += `${cut === '' ? '' : ','}${written}:${value}`;
      this.#offset = this.#behindComma();
    }
    this.#offset++;
    return `{${cut}}`;
  }

  #cutMember(fate: Fate): string | undefined {
    if (typeof fate === 'object') return this.#cutValue(fate);
    const whole = this.#takeValue();
    if (fate === 'whole') return whole;
    return fate === 'empty' ? '{}' : undefined;
  }

  /** Of each element that is an object; others stay, so that places stay. */
  #cutList(node: SelectionNode): string {
    let cut = '';
    this.#offset = spaceEnd(this.#json, this.#offset + 1);
    while (this.#offset < this.#json.length && this.#json[this.#offset] !== ']') {
      const element = this.#json[this.#offset] === '{' ? this.#cutMembers(node) : this.#takeValue();
      cut += `${cut === '' ? '' : ','}${element}`;
      this.#offset = this.#behindComma();
    }
    this.#offset++;
    return `[${cut}]`;
  }

  #behindComma(): number {
    const end = spaceEnd(this.#json, this.#offset);
    return this.#json[end] === ',' ? spaceEnd(this.#json, end + 1) : end;
  }

  /** The value that begins here, as it is written. */
  #takeValue(): string {
    const start = this.#offset;
    this.#offset = valueEnd(this.#json, start);
    return this.#json.slice(start, this.#offset);
  }
}

/** What becomes of a member: a node says that its path goes on. */
type Fate = 'whole' | 'gone' | 'empty' | SelectionNode;

/** The name in quotes `written` stands for: it may be spelled with escapes. */
function nameOf(written: string): string {
  return written.includes('\\') ? String(JSON.parse(written)) : written.slice(1, -1);
}

function spaceEnd(json: string, start: number): number {
  let offset = start;
  while (offset < json.length && json.charCodeAt(offset) <= SPACE_CODE) offset++;
  return offset;
}

/** Of JSON white space the highest. */
const SPACE_CODE = 0x20;

/** Keeps no stack: only depth counts, whatever opens and closes. */
function valueEnd(json: string, start: number): number {
  let depth = 0;
  for (let offset = start; offset < json.length; offset++) {
    const character = json[offset];
    if (character === '"') offset = stringEnd(json, offset) - 1;
    else if (character === '{' || character === '[') depth++;
    else if (character === '}' || character === ']') depth--;
    else if (depth > 0 || !isScalarEnd(json.charCodeAt(offset + 1))) continue;
    if (depth < 0) return offset;
    if (depth === 0) return offset + 1;
  }
  return json.length;
}

/** Whether a number or a word ends before this character. NaN: the text does. */
function isScalarEnd(code: number): boolean {
  return !(code > SPACE_CODE) || code === 0x2c || code === 0x5d || code === 0x7d;
}

/** Behind the closing quote. */
function stringEnd(json: string, start: number): number {
  for (let offset = start + 1; offset < json.length; ) {
    const quote = json.indexOf('"', offset);
    if (quote < 0) break;
    let escapes = 0;
    while (json[quote - 1 - escapes] === '\\') escapes++;
    if (escapes % 2 === 0) return quote + 1;
    offset = quote + 1;
  }
  return json.length;
}
