import { describe, expect, it } from 'vitest';
import {
  decodeEntry,
  decodeInbound,
  decodeMark,
  decodeRetained,
  decodeSession,
  decodeSubscription,
  decodeVersion,
  decodeWill,
  encodeInbound,
  encodeVersion,
  STATE_VERSION,
} from './state-codec.ts';
import { parseStateKey, stateKeys } from './state-keys.ts';

describe('values of the state', () => {
  it.each([
    ['bad-value', 'an entry without a message', decodeEntry, '2001'],
    ['bad-value', 'a message without a topic', decodeEntry, '0a0012002001'],
    ['bad-value', 'a QoS of 3', decodeEntry, '0a030a01612003'],
    ['bad-value', 'a packet id of 0', decodeEntry, '0a030a016120012800'],
    ['bad-value', 'a packet id above 65,535', decodeEntry, '0a030a01612001288080 04'],
    ['bad-value', 'a place in what is no stream', decodeEntry, '0a030a016112022f2f2001'],
    ['truncated', 'a message that is cut', decodeEntry, '0a040a01'],
    ['truncated', 'a message that is cut inside', decodeEntry, '0a030a056120 01'],
    ['bad-value', 'a retained message without one', decodeRetained, '1201611807'],
    ['bad-value', 'a will without a message', decodeWill, '5a0161'],
    ['truncated', 'a will whose account is cut', decodeWill, '0a030a01615a0561'],
    ['bad-value', 'a session without a client id', decodeSession, '5a0161'],
    ['bad-value', 'a session since a place in what is no stream', decodeSession, '520161620612022f2f18 01'],
    ['truncated', 'a session whose client id is cut', decodeSession, '520561'],
    ['bad-value', 'a subscription with QoS 3', decodeSubscription, '2003'],
    ['bad-value', 'a mark without an epoch', decodeMark, '1807'],
    ['truncated', 'a mark whose epoch is cut', decodeMark, '4901020304'],
    ['truncated', 'a packet id whose place is cut', decodeInbound, '120561'],
    ['bad-varint', 'a version without end', decodeVersion, `68${'ff'.repeat(11)}`],
    ['number-too-large', 'a sequence above 2^53', decodeMark, '18ffffffffffffff7f'],
    ['bad-tag', 'field number 0', decodeSubscription, '0001'],
  ])('rejects with %s: %s', (reason, _, decode, hex) => {
    expect(decode(Buffer.from(hex.replaceAll(' ', ''), 'hex'))).toBe(reason);
  });

  it('passes over fields of a newer version', () => {
    expect(decodeSubscription(Buffer.from('2001c23e0161', 'hex'))).toBe(1);
  });

  it('takes no place for one, and an absent version for 0', () => {
    expect(encodeInbound(undefined)).toHaveLength(0);
    expect(decodeInbound(Buffer.alloc(0))).toBeUndefined();
    expect(decodeVersion(Buffer.alloc(0))).toBe(0);
    expect(decodeVersion(Buffer.from(encodeVersion()))).toBe(STATE_VERSION);
  });
});

describe('keys of the state', () => {
  it.each([
    [stateKeys.version, { kind: 'version' }],
    [stateKeys.mark('alerts'), { kind: 'mark', stream: 'alerts' }],
    [stateKeys.session(35), { kind: 'session', session: 35 }],
    [stateKeys.subscription(36, 'a/+/#'), { kind: 'subscription', session: 36, filter: 'a/+/#' }],
    [stateKeys.subscription(1, '/'), { kind: 'subscription', session: 1, filter: '/' }],
    [stateKeys.outgoing(1, 2 ** 40), { kind: 'outgoing', session: 1, number: 2 ** 40 }],
    [stateKeys.inbound(1, 65_535), { kind: 'inbound', session: 1, number: 65_535 }],
    [stateKeys.retained('a/b'), { kind: 'retained', topic: 'a/b' }],
    [stateKeys.will(36), { kind: 'will', number: 36 }],
    [stateKeys.retained(''), { kind: 'retained', topic: '' }],
  ])('reads %s', (key, parsed) => {
    expect(parseStateKey(key)).toEqual(parsed);
  });

  it.each([
    '',
    'x',
    'x/1',
    's/',
    's/1/2',
    's/01',
    's/-1',
    's/A',
    `s/${'z'.repeat(11)}`,
    'q/1',
    'q/1/',
    'q/1/x/y',
    'i/1/ ',
    'w/',
    'w/1/1',
    'z/1/1',
    'vv',
  ])('takes %j for no key', (key) => {
    expect(parseStateKey(key)).toBeUndefined();
  });
});
