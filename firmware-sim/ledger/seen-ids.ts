/**
 * The event ids that have come, as ranges: `<anything>/<sequence>`, where sequences come nearly in order. Memory grows with the number of
 * gaps that filters leave, not with the number of events.
 */
export class SeenIds {
  readonly #lanes = new Map<string, Range[]>();
  #count = 0;

  /** How many different ids there were. */
  get count(): number {
    return this.#count;
  }

  /** @returns whether the id is new; one without a sequence always is */
  add(id: string): boolean {
    const match = ID.exec(id);
    const isNew = match === null || addTo(this.#lane(match[1] ?? ''), Number(match[2]));
    if (isNew) this.#count += 1;
    return isNew;
  }

  #lane(name: string): Range[] {
    const lane = this.#lanes.get(name) ?? [];
    this.#lanes.set(name, lane);
    return lane;
  }
}

interface Range {
  readonly first: number;
  readonly last: number;
}

const ID = /^(.*)\/(\d{1,15})$/;

/** The ranges are in order, with at least one number missing between two of them. */
function addTo(ranges: Range[], number: number): boolean {
  const index = ranges.findLastIndex((range) => range.first <= number);
  const before = ranges[index];
  const after = ranges[index + 1];
  if (before !== undefined && number <= before.last) return false;
  const first = before?.last === number - 1 ? before.first : number;
  const last = after?.first === number + 1 ? after.last : number;
  const replaced = Number(first < number) + Number(last > number);
  ranges.splice(first < number ? index : index + 1, replaced, { first, last });
  return true;
}
