/**
 * Reads the members of a JSON object and gathers every problem with its place, so that a file is corrected in one go. A member that is
 * wrong is noted and reads as its default.
 */
export class ObjectReader {
  readonly #members: Readonly<Record<string, unknown>>;
  readonly #place: string;
  readonly #problems: string[];
  readonly #known = new Set<string>();

  /** @param place of the object in its file, such as `steps[2]`; empty for the file itself */
  constructor(value: unknown, place: string, problems: string[]) {
    this.#place = place;
    this.#problems = problems;
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (!isObject) problems.push(`${place === '' ? 'file' : place}: an object is expected`);
    // JSON objects can be asked for members.
    this.#members = isObject ? (value as Readonly<Record<string, unknown>>) : {};
  }

  /** Where a member stands. */
  placeOf(key: string): string {
    return this.#place === '' ? key : `${this.#place}.${key}`;
  }

  has(key: string): boolean {
    return this.#members[key] !== undefined;
  }

  /** Notes what is wrong with a member. */
  problem(key: string, expectation: string): void {
    this.#problems.push(`${this.placeOf(key)}: ${expectation}`);
  }

  /** The member as it stands. */
  raw(key: string): unknown {
    this.#known.add(key);
    return this.#members[key];
  }

  /** A member that may be left out. `accepts` says whether it is of the type. */
  optional<T>(key: string, accepts: (value: unknown) => value is T, expectation: string): T | undefined {
    const value = this.raw(key);
    if (value === undefined || accepts(value)) return value;
    this.problem(key, expectation);
    return undefined;
  }

  /** One of some names. Without a default it must be there. */
  oneOf<Name extends string>(key: string, names: readonly Name[], byDefault?: Name): Name | undefined {
    const value = this.optional(key, oneOf(names), `one of ${names.join(', ')}`);
    if (!this.has(key) && byDefault === undefined) this.problem(key, `one of ${names.join(', ')}`);
    return value ?? byDefault;
  }

  /** An array of different names. */
  listOf<Name extends string>(key: string, names: readonly Name[], byDefault: readonly Name[]): readonly Name[] {
    const isName = oneOf(names);
    const isList = (value: unknown): value is readonly Name[] =>
      Array.isArray(value) && value.every(isName) && new Set(value).size === value.length;
    return this.optional(key, isList, `an array of different names out of ${names.join(', ')}`) ?? byDefault;
  }

  number(key: string, { min, max, isInteger = false, expectation }: NumberRange): number | undefined {
    const isInRange = (value: unknown): value is number =>
      typeof value === 'number' && value >= min && value <= max && (!isInteger || Number.isInteger(value));
    return this.optional(key, isInRange, expectation);
  }

  /** What else there is can be anything. */
  ignoreRest(): void {
    for (const key of Object.keys(this.#members)) this.#known.add(key);
  }

  /** Members that nobody asked for are problems too. */
  finish(): void {
    for (const key of Object.keys(this.#members)) if (!this.#known.has(key)) this.problem(key, 'unknown');
  }
}

/** Which numbers are right, and how to say so. Both ends are included. */
export interface NumberRange {
  readonly min: number;
  readonly max: number;
  readonly isInteger?: boolean;
  readonly expectation: string;
}

export function isText(value: unknown): value is string {
  return typeof value === 'string';
}

export function isBoolean(value: unknown): value is boolean {
  return typeof value === 'boolean';
}

/** Reads the name of a port, which is part of a path. */
export function readPortName(read: ObjectReader, byDefault: string): string {
  const isName = (name: unknown): name is string => typeof name === 'string' && PORT_NAME.test(name);
  return read.optional('name', isName, 'a lower-case letter, then up to 31 letters, digits and hyphens') ?? byDefault;
}

const PORT_NAME = /^[a-z][a-z0-9-]{0,31}$/;

function oneOf<Name extends string>(names: readonly Name[]): (value: unknown) => value is Name {
  return (value): value is Name => names.some((name) => name === value);
}
