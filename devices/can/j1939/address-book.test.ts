import { expect, it } from 'vitest';
import { AddressBook, type ClaimChange, MAX_NODES } from './address-book.ts';
import { writeJ1939Name } from './j1939-name.ts';

const LOW = 0x1000_0000_0000_0001n;
const HIGH = 0x9000_0000_0000_0002n;

function openBook() {
  const changes: ClaimChange[] = [];
  const book = new AddressBook((change) => changes.push(change));
  const claim = (name: bigint, address: number, nowMs = 0) => book.take(address, writeJ1939Name(name), nowMs);
  return { book, changes, claim };
}

it('learns a node, and is not told again [J1939-81 4.4]', () => {
  const { book, changes, claim } = openBook();
  claim(LOW, 0x17);
  claim(LOW, 0x17, 1000);
  expect(changes).toEqual([{ kind: 'claimed', name: LOW, address: 0x17 }]);
  expect([book.nameOf(0x17), book.nameOf(0x18), book.nameOf(255)]).toEqual([LOW, undefined, undefined]);
});

it('follows a node to another address', () => {
  const { book, changes, claim } = openBook();
  claim(LOW, 0x17);
  claim(LOW, 0x80, 1000);
  expect(changes[1]).toEqual({ kind: 'moved', name: LOW, address: 0x80, previousAddress: 0x17 });
  expect([book.nameOf(0x17), book.nameOf(0x80)]).toEqual([undefined, LOW]);
});

it('gives an address to the lower NAME at once', () => {
  const { book, changes, claim } = openBook();
  claim(HIGH, 0x17);
  claim(LOW, 0x17, 1000);
  claim(HIGH, 0x80, 1010);
  expect(changes.slice(1)).toEqual([
    { kind: 'lost', name: HIGH, previousAddress: 0x17 },
    { kind: 'claimed', name: LOW, address: 0x17 },
    { kind: 'claimed', name: HIGH, address: 0x80 },
  ]);
  expect([book.nameOf(0x17), book.nameOf(0x80)]).toEqual([LOW, HIGH]);
});

it('leaves it to the lower NAME when that defends it', () => {
  const { book, changes, claim } = openBook();
  claim(LOW, 0x17);
  claim(HIGH, 0x17, 1000);
  claim(LOW, 0x17, 1100);
  book.tick(5000);
  expect(book.nameOf(0x17)).toBe(LOW);
  expect(changes.length).toBe(1);
});

it('gives it to the higher NAME when the lower one is gone', () => {
  const { book, changes, claim } = openBook();
  claim(LOW, 0x17);
  claim(HIGH, 0x17, 1000);
  book.tick(1250);
  expect(book.nameOf(0x17)).toBe(LOW);
  book.tick(1251);
  expect(book.nameOf(0x17)).toBe(HIGH);
  expect(changes.slice(1).map(({ kind }) => kind)).toEqual(['lost', 'claimed']);
});

it('forgets a contest that the higher NAME left for another address', () => {
  const { book, claim } = openBook();
  claim(LOW, 0x17);
  claim(HIGH, 0x17, 1000);
  claim(HIGH, 0x80, 1100);
  book.tick(9000);
  expect([book.nameOf(0x17), book.nameOf(0x80)]).toEqual([LOW, HIGH]);
});

it('tells once of a node that cannot claim an address', () => {
  const { book, changes, claim } = openBook();
  claim(LOW, 0x17);
  claim(LOW, 254, 1000);
  claim(LOW, 254, 2000);
  claim(HIGH, 254, 2000);
  expect(changes.slice(1)).toEqual([
    { kind: 'cannotClaim', name: LOW, previousAddress: 0x17 },
    { kind: 'cannotClaim', name: HIGH },
  ]);
  expect([book.nameOf(0x17), book.nameOf(254)]).toEqual([undefined, undefined]);
});

it.each([
  ['seven bytes', 0x17, 7, 'short-claim'],
  ['no bytes', 0x17, 0, 'short-claim'],
  ['the address of all', 255, 8, 'bad-claim-address'],
])('rejects a claim of %s', (_, source, length, reason) => {
  const { book, changes } = openBook();
  expect(book.take(source, new Uint8Array(length), 0)).toBe(reason);
  expect(changes).toEqual([]);
});

it('remembers a bounded number of nodes, and never forgets who has an address', () => {
  const { book, changes, claim } = openBook();
  claim(5n, 0x80);
  for (let name = 10_000n; name > 8000n; name--) claim(name, 0x17);
  expect(book.nameOf(0x80)).toBe(5n);
  // The one that lost its address last is known still, the first one is a new node.
  claim(8002n, 0x20, 1);
  claim(10_000n, 254, 1);
  expect(changes.slice(-2).map(({ kind }) => kind)).toEqual(['claimed', 'cannotClaim']);
  expect(MAX_NODES).toBeLessThan(2000);
});
