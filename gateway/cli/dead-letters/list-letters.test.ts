import { describe, expect, it } from 'vitest';
import { DeadLetterView } from '#gateway/sinks/dead-letters/dead-letter-view.ts';
import { MAX_PAGE_LETTERS } from '#gateway/sinks/dead-letters/limits.ts';
import { idOf, openTestLetters, refused } from '#gateway/sinks/dead-letters/testing/open-test-letters.ts';
import { formatShown } from './format-letter.ts';
import { linesOf } from './list-letters.ts';

async function open(count: number, fields: Parameters<typeof refused>[1] = {}) {
  const test = await openTestLetters(undefined, { maxBytes: 2 ** 24 });
  await Promise.all(Array.from({ length: count }, (_, index) => test.store.bury(refused(index + 1, fields))));
  return { ...test, view: new DeadLetterView(test.store, () => []) };
}

async function print(view: DeadLetterView, options: { readonly sink?: string; readonly json?: true } = {}) {
  const remarks: string[] = [];
  const parts: string[] = [];
  for await (const part of linesOf(view, options, remarks)) parts.push(part);
  return { parts, text: parts.join(''), remarks: remarks.join('') };
}

describe('dead-letters list', () => {
  it('prints a line for each letter, the oldest first, and what became of those that went', async () => {
    const { store, view } = await open(2, { attempts: 2, topic: 'sensors/front' });
    await store.redrive([idOf(2)]);
    store.index.setEvicted('hub', 3);
    const { text, remarks } = await print(view);
    expect(text).toBe(
      `2026-11-20T14:44:05.200Z ${idOf(1)} sensors/front 2 attempts: hub.rejectedEvent: it says no\n` +
        `2026-11-20T14:44:05.200Z ${idOf(2)} sensors/front 2 attempts (to be tried again): hub.rejectedEvent: it says no\n`,
    );
    expect(remarks).toBe('hub: 3 older ones went because there was no room for them (deadLetters.maxBytes)\n');
    expect(await print(view, { sink: 'twin' })).toEqual({ parts: [], text: '', remarks: 'no dead letters\n' });
  });

  it('goes page by page, each letter once, also where letters go and come meanwhile', async () => {
    const { store, view } = await open(1050);
    const ids: string[] = [];
    let pageCount = 0;
    for (let after: number | undefined = 0; after !== undefined; ) {
      const page = await view.list({ after });
      expect(page.letters.length).toBeLessThanOrEqual(MAX_PAGE_LETTERS);
      ids.push(...page.letters.map(({ id }) => id));
      if (++pageCount === 2) {
        await store.drop([idOf(300), idOf(400), idOf(401)]);
        await store.bury(refused(2000));
      }
      after = page.next;
    }
    expect(pageCount).toBe(6);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toHaveLength(1050);
    expect(ids).not.toContain(idOf(401));
    expect(ids.at(-1)).toBe(idOf(2000));
  });

  it('prints JSON that holds all of it, a line each', async () => {
    const { view } = await open(1);
    const { text } = await print(view, { json: true });
    const first = { time: '2026-11-20T14:44:05.200Z', timeBasis: 'own' };
    expect(JSON.parse(text)).toMatchObject({
      id: idOf(1),
      attempts: 1,
      code: 'hub.rejectedEvent',
      first,
      isRedriving: false,
    });
  });
});

describe('a terminal', () => {
  const hostile = '\x1b[2J\x07\u202egnp.exe\r\n\x9b31m';

  it('gets no control character of a topic, a client, a payload or an answer', async () => {
    const fields = { topic: `sensors/${hostile}`, payload: hostile, reason: hostile, clientId: hostile };
    const { view } = await open(1, fields);
    const printed = [(await print(view)).text, formatShown(await view.show(idOf(1)))];
    for (const text of printed) {
      expect(text).toContain('\\x1b[2J\\x07\\u202egnp.exe\\r\\n\\x9b31m');
      expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202a-\u202e]/u);
    }
    const { text } = await print(view, { json: true });
    // JSON escapes what is below U+0020; the rest are no commands to a terminal in UTF-8.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for.
    expect(text.trimEnd()).not.toMatch(/[\x00-\x1f]/);
  });

  it('gets a payload that is no text in base64', async () => {
    const { store, view } = await open(0);
    const event = refused(1);
    const record = { ...event.stored.record, payload: Buffer.from([0xff, 0x00]) };
    await store.bury({ ...event, stored: { ...event.stored, record } });
    expect(formatShown(await view.show(idOf(1)))).toContain('payload   base64:/wA=\n');
  });
});
