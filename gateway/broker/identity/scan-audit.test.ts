import { describe, expect, it } from 'vitest';
import {
  type AuditDraft,
  type ChainLink,
  decodeAuditLine,
  encodeAuditEntry,
  MAX_AUDIT_LINE_BYTES,
  NO_HASH,
} from './audit-entry.ts';
import { scanAudit } from './scan-audit.ts';

const ORIGIN = { time: '2026-11-28T18:00:00.000Z', clock: 'ntp', by: 'anna' } as const;

/** @returns the lines of a sound chain */
function chainOf(count: number): string[] {
  let head: ChainLink | undefined;
  return Array.from({ length: count }, (_, index) => {
    const { line, link } = encodeAuditEntry({ event: 'account.added', account: `a${index}` }, ORIGIN, head);
    head = link;
    return line;
  });
}

function scan(lines: readonly string[]) {
  const { entries, faults, tornBytes } = scanAudit(Buffer.from(lines.join('')), 'none');
  return { count: entries.length, faults: faults.map(({ line, fault }) => `${line} ${fault}`), tornBytes };
}

describe('the chain', () => {
  const lines = chainOf(5);
  const at = (index: number) => lines[index] ?? '';
  const rehashed = () => {
    const { line } = encodeAuditEntry({ event: 'account.added', account: 'forged' }, ORIGIN, {
      number: 2,
      hash: hashIn(at(1)),
    });
    return line;
  };

  it('is sound from its first entry to its last', () => {
    expect(scan(lines)).toEqual({ count: 5, faults: [], tornBytes: 0 });
    expect(scanAudit(Buffer.from(lines.join('')), 'none').head).toEqual({ number: 5, hash: hashIn(at(4)) });
  });

  it.each([
    ['a letter is another', () => lines.with(2, at(2).replace('anna', 'emma')), ['3 altered']],
    ['an entry was written anew, with its own hash', () => lines.with(2, rehashed()), ['4 detached']],
    ['an entry was taken out', () => lines.toSpliced(2, 1), ['3 detached']],
    ['the first was taken out', () => lines.slice(1), ['1 detached']],
    ['one was put in', () => lines.toSpliced(2, 0, at(4)), ['3 detached', '4 detached']],
    ['two changed places', () => lines.with(2, at(3)).with(3, at(2)), ['3 detached', '4 detached', '5 detached']],
    ['a line is empty', () => lines.with(2, '\n'), ['3 unreadable']],
    ['a line is no JSON', () => lines.with(2, 'hello\n'), ['3 unreadable']],
    ['a line is zeros', () => lines.with(2, `${'\0'.repeat(100)}\n`), ['3 unreadable']],
    [
      'a hash is in capitals',
      () => lines.with(2, at(2).replace(hashIn(at(2)), hashIn(at(2)).toUpperCase())),
      ['3 unreadable'],
    ],
    ['something stands behind the hash', () => lines.with(2, at(2).replace('"}\n', '","x":1}\n')), ['3 unreadable']],
    ['a line has no line end', () => lines.with(2, at(2).trimEnd()), ['3 unreadable']],
  ])('is broken where %s', (_what, change, faults) => {
    expect(scan(change()).faults).toEqual(faults);
  });

  it('with a torn last line is not broken: no byte of it is an entry, wherever it ends', () => {
    const last = at(4);
    for (let length = 1; length < last.length; length++) {
      expect(scan([...lines.slice(0, 4), last.slice(0, length)])).toEqual({ count: 4, faults: [], tornBytes: length });
    }
    expect(scan([...lines, '\0'.repeat(300)])).toEqual({ count: 5, faults: [], tornBytes: 300 });
  });
});

describe('encodeAuditEntry', () => {
  it('comes back as it was, in a chain of its own hash', () => {
    const rights = { publish: ['a/#'], subscribe: [], denySubscribe: ['ü/"\n'], admin: true };
    const { line, link } = encodeAuditEntry({ event: 'account.added', account: 'a', rights }, ORIGIN, undefined);
    const decoded = decodeAuditLine(Buffer.from(line.trimEnd()));
    const entry = {
      number: 1,
      ...ORIGIN,
      event: 'account.added',
      account: 'a',
      rights,
      previous: NO_HASH,
      hash: link.hash,
    };
    expect(decoded).toEqual({ isSound: true, entry });
    expect(line.slice(0, -1)).not.toContain('\n');
  });

  it('gives rights that make no line by their hash', () => {
    const draft: AuditDraft = {
      event: 'configuration.granted',
      account: 'a',
      rights: { publish: Array.from({ length: 1000 }, () => 'x'.repeat(1000)), subscribe: [] },
      details: { digest: 'd' },
    };
    const { line } = encodeAuditEntry(draft, ORIGIN, undefined);
    expect(line.length).toBeLessThan(MAX_AUDIT_LINE_BYTES);
    const decoded = decodeAuditLine(Buffer.from(line.trimEnd()));
    expect(decoded).toMatchObject({
      isSound: true,
      entry: { details: { digest: 'd', rightsHash: expect.any(String) } },
    });
  });
});

function hashIn(line: string): string {
  return /"hash":"([0-9a-f]{64})"/i.exec(line)?.[1] ?? '';
}
