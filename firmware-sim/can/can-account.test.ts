import { describe, expect, it } from 'vitest';
import { CanAccount, CheckValue } from './can-account.ts';

function frame(id: number, data: readonly number[], isExtended = false) {
  return { id, isExtended, isRemote: false, data: Uint8Array.from(data) };
}

describe('CanAccount', () => {
  it('knows of each identifier what became of its frames', () => {
    const account = new CanAccount();
    const [first, second, extended] = [frame(0x100, [1]), frame(0x100, [2, 0xab]), frame(0x100, [3], true)];
    for (const made of [first, second, extended]) account.make(made);
    account.send(first);
    account.send(second);
    account.lose(extended, 'overrun');
    expect(account.counts).toEqual({ made: 3, sent: 2, overrun: 1, unheard: 0 });
    expect(account.ids()).toMatchObject([
      { id: '100', made: 2, sent: 2, overrun: 0, last: '02ab' },
      { id: '00000100', made: 1, sent: 0, overrun: 1, last: '' },
    ]);
  });
});

describe('CheckValue', () => {
  it('is FNV-1a', () => {
    const value = new CheckValue();
    expect(value.toString()).toBe('811c9dc5');
    // A length of 0 is hashed as the byte 0.
    value.add(new Uint8Array());
    expect(value.toString()).toBe('050c5d1f');
  });

  it.each([
    ['another order', [[2], [1]]],
    ['another division', [[1, 2]]],
    ['one less', [[1]]],
    ['one more', [[1], [2], [2]]],
  ])('tells apart: %s', (_, payloads) => {
    const checkOf = (sequence: readonly (readonly number[])[]) => {
      const value = new CheckValue();
      for (const data of sequence) value.add(Uint8Array.from(data));
      return value.toString();
    };
    expect(checkOf(payloads)).not.toBe(checkOf([[1], [2]]));
  });
});
