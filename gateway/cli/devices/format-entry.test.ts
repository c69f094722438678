import { describe, expect, it } from 'vitest';
import { formatEntry } from './format-entry.ts';

const EVENT =
  '{"type":"gnss.position","version":1,"time":"2026-11-20T12:00:01.000Z","clock":"gnss","data":{"fix":"3d"}}';
const entry = (topic: string, text: string) => ({ topic, payload: Buffer.from(text) });

describe('formatEntry', () => {
  it.each([
    ['devices/gps0/position', EVENT, '2026-11-20T12:00:01.000Z position {"fix":"3d"}\n'],
    ['status/devices/gps0', EVENT, '2026-11-20T12:00:01.000Z status {"fix":"3d"}\n'],
    ['devices/gps0/position', '{"clock":"none","data":{}}', '- position {}\n'],
    ['devices/gps0/odd', 'no event', '- odd no event\n'],
  ])('writes a line for people: %s %s', (topic, text, expected) => {
    expect(formatEntry(entry(topic, text), false)).toBe(expected);
  });

  it('writes a line of JSON for programs', () => {
    expect(JSON.parse(formatEntry(entry('devices/gps0/position', EVENT), true))).toEqual({
      topic: 'devices/gps0/position',
      ...JSON.parse(EVENT),
    });
    expect(JSON.parse(formatEntry(entry('devices/gps0/odd', '7'), true))).toEqual({
      topic: 'devices/gps0/odd',
      payload: '7',
    });
  });

  it('lets no control characters through to a terminal', () => {
    expect(formatEntry(entry('devices/gps0/odd', 'a\u001b[2Jb'), false)).not.toContain('\u001b');
  });
});
