import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Message, StreamId } from '#gateway/model/message.ts';
import {
  decodeEntry,
  decodeInbound,
  decodeMark,
  decodeRetained,
  decodeSession,
  decodeSubscription,
  decodeVersion,
  decodeWill,
  encodeEntry,
  encodeInbound,
  encodeMark,
  encodeRetained,
  encodeSession,
  encodeSubscription,
  encodeWill,
  type StoredEntry,
} from './state-codec.ts';
import { parseStateKey } from './state-keys.ts';

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 80 });
const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const qos = fc.constantFrom(0 as const, 1 as const, 2 as const);
const place = fc.record({
  stream: fc.constantFrom('alerts', 'telemetry').map((name) => name as StreamId),
  sequence: fc.maxSafeNat(),
});
const maybePlace = fc.option(place, { nil: undefined });

const messages: fc.Arbitrary<Message> = fc.record(
  {
    topic: text,
    payload: bytes,
    qos,
    isRetained: fc.boolean(),
    isDuplicate: fc.boolean(),
    clientId: text,
    packetId: fc.integer({ min: 1, max: 65_535 }),
    contentType: text,
    userProperties: fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 3 }),
  },
  { requiredKeys: ['topic', 'payload', 'qos', 'isRetained', 'isDuplicate', 'clientId'] },
);

const entries: fc.Arbitrary<StoredEntry> = fc.record({
  message: messages,
  place: maybePlace,
  qos,
  packetId: fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined }),
  isReleased: fc.boolean(),
  isRetained: fc.boolean(),
  ageMs: fc.nat(),
});

const sessions = fc.record({
  clientId: text,
  username: fc.option(text, { nil: undefined }),
  since: fc.array(place, { maxLength: 4 }),
  awayMs: fc.maxSafeNat(),
});

const marks = fc.record({ epoch: fc.stringMatching(/^[0-9a-f]{16}$/), sequence: fc.maxSafeNat() });

it('decodes what it encodes', () => {
  fc.assert(
    fc.property(entries, sessions, marks, qos, (entry, session, mark, granted) => {
      expect(decodeEntry(Buffer.from(encodeEntry(entry)))).toEqual(entry);
      const { message, place } = entry;
      expect(decodeRetained(Buffer.from(encodeRetained({ message, place })))).toEqual({ message, place });
      expect(decodeInbound(Buffer.from(encodeInbound(place)))).toEqual(place);
      const { username } = session;
      expect(decodeWill(Buffer.from(encodeWill({ username, message })))).toEqual({ username, message });
      expect(decodeSession(Buffer.from(encodeSession(session)))).toEqual(session);
      expect(decodeMark(Buffer.from(encodeMark(mark)))).toEqual(mark);
      expect(decodeSubscription(Buffer.from(encodeSubscription(granted)))).toBe(granted);
    }),
  );
});

it('answers any bytes with a value or a reason, never an exception [J12]', () => {
  const altered = fc.tuple(entries, fc.nat(), fc.nat(255)).map(([entry, at, value]) => {
    const encoded = Buffer.from(encodeEntry(entry));
    encoded[at % encoded.length] = value;
    return encoded;
  });
  const decoders = [
    decodeEntry,
    decodeRetained,
    decodeInbound,
    decodeSession,
    decodeMark,
    decodeSubscription,
    decodeVersion,
    decodeWill,
  ];
  fc.assert(
    fc.property(fc.oneof(bytes, altered), text, (noise, key) => {
      for (const decode of decoders)
        expect(['object', 'number', 'string', 'undefined']).toContain(typeof decode(noise));
      parseStateKey(key);
    }),
  );
});
