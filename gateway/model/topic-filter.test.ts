import { describe, expect, it } from 'vitest';
import {
  coversFilter,
  isTopicFilter,
  isTopicName,
  MAX_TOPIC_BYTES,
  MAX_TOPIC_LEVELS,
  matchesTopic,
} from './topic-filter.ts';

describe('isTopicName', () => {
  it.each(['a', '/', 'a//b', 'sensors/tyre-monitor/pressure', 'ä/ö'])('accepts %s', (topic) => {
    expect(isTopicName(topic)).toBe(true);
  });

  it.each([
    ['an empty topic [MQTT-4.7.3-1]', ''],
    ['a wildcard [MQTT-3.3.2-2]', 'a/+/b'],
    ['a wildcard inside a level', 'a#'],
    ['NUL [MQTT-4.7.3-2]', 'a\0b'],
    ['a control character', 'a/\u0001'],
    ['another control character', 'a/\u009f'],
    ['a noncharacter', 'a/\ufffe'],
    ['half a surrogate pair [MQTT-1.5.3-1]', 'a/\ud800'],
    ['what stands for bytes that were no UTF-8', 'a/\ufffd'],
    ['too many levels', '/'.repeat(MAX_TOPIC_LEVELS)],
    ['too many bytes', 'ä'.repeat(MAX_TOPIC_BYTES / 2 + 1)],
  ])('refuses %s', (_why, topic) => {
    expect(isTopicName(topic)).toBe(false);
  });
});

describe('isTopicFilter', () => {
  it.each(['#', '+', 'a/#', '+/b/+', '/+', '$SYS/#'])('accepts %s', (filter) => {
    expect(isTopicFilter(filter)).toBe(true);
  });

  it.each(['', 'a#', 'a/#/b', '#/a', 'a+/b', 'a/b+', 'a\0', 'a/\u0007/#'])(
    'refuses %j [MQTT-4.7.1-2, MQTT-4.7.1-3]',
    (filter) => {
      expect(isTopicFilter(filter)).toBe(false);
    },
  );
});

describe('matchesTopic', () => {
  it.each([
    ['sport/tennis/player1/#', 'sport/tennis/player1', true],
    ['sport/tennis/player1/#', 'sport/tennis/player1/ranking', true],
    ['sport/#', 'sport', true],
    ['#', 'a/b', true],
    ['+', 'a', true],
    ['+', 'a/b', false],
    ['sport/+', 'sport', false],
    ['sport/+', 'sport/', true],
    ['+/+', '/finance', true],
    ['/+', '/finance', true],
    ['+', '/finance', false],
    ['a/b', 'a/b/c', false],
    ['a/b/c', 'a/b', false],
    ['#', '$SYS/uptime', false],
    ['+/monitor/Clients', '$SYS/monitor/Clients', false],
    ['$SYS/#', '$SYS/uptime', true],
  ])('%s against %s is %s [MQTT 3.1.1, 4.7]', (filter, topic, isMatch) => {
    expect(matchesTopic(filter, topic)).toBe(isMatch);
  });
});

describe('coversFilter', () => {
  it.each([
    ['#', 'a/#', true],
    ['a/#', 'a/b/+', true],
    ['a/+', 'a/b', true],
    ['a/+', 'a/+', true],
    ['a/b', 'a/+', false],
    ['a/+', 'a/#', false],
    ['a/+/c', 'a/#', false],
    ['a/#', '#', false],
    ['a/b', 'a/b/c', false],
    ['a/b/c', 'a/b', false],
    ['#', '$SYS/#', false],
    ['+/#', '$SYS/a', false],
  ])('a right to %s covers a subscription to %s: %s [B6]', (granted, asked, isCovered) => {
    expect(coversFilter(granted, asked)).toBe(isCovered);
  });
});
