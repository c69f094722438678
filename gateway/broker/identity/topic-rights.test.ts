import { describe, expect, it } from 'vitest';
import { bindRights, MAX_REMEMBERED_TOPICS, NO_RIGHTS, TopicRights, withheldRights } from './topic-rights.ts';

const PATTERN = `sensors/\${clientId}/#`;
const USER_PATTERN = `users/\${username}/+`;

describe('bindRights [B6]', () => {
  it.each([
    ['an id that is the user name is bound', 'tyre', 'tyre', ['sensors/tyre/#', 'users/tyre/+']],
    ['any other id is only a claim', 'tyre', 'impostor', ['users/tyre/+']],
    ['an empty id is bound to nothing', 'tyre', '', ['users/tyre/+']],
    ['without a login there is no account', undefined, 'tyre', []],
    ['a plus would grant every branch', '+', '+', []],
    ['so would a number sign', '#', '#', []],
    ['a slash would reach another level', 'a/b', 'a/b', []],
    ['a plus inside a name too', 'a+', 'a+', []],
  ])('%s', (_why, username, clientId, granted) => {
    const rule = { publish: [PATTERN, USER_PATTERN], subscribe: [PATTERN, USER_PATTERN] };
    expect(bindRights(rule, { username, clientId })).toMatchObject({ publish: granted, subscribe: granted });
  });

  it.each([
    ['the own branch of a bound id', 'tyre', 'tyre', ['sensors/tyre/#', 'users/tyre/+', 'a/x-tyre']],
    ['every branch where the id is only a claim', 'tyre', 'impostor', ['sensors/+/#', 'users/tyre/+', 'a/+']],
    ['every branch without a login', undefined, 'tyre', ['sensors/+/#', 'users/+/+', 'a/+']],
    ['every branch for a name with a wildcard', 'a+', 'a+', ['sensors/+/#', 'users/+/+', 'a/+']],
  ])('withholds %s', (_what, username, clientId, denySubscribe) => {
    const rule = { ...NO_RIGHTS, denySubscribe: [PATTERN, USER_PATTERN, `a/x-\${clientId}`] };
    expect(bindRights(rule, { username, clientId }).denySubscribe).toEqual(denySubscribe);
  });

  it('takes a name literally that looks like a replacement pattern', () => {
    expect(bindRights({ publish: [USER_PATTERN], subscribe: [] }, { username: '$&', clientId: 'x' }).publish).toEqual([
      'users/$&/+',
    ]);
  });
});

describe('withheldRights', () => {
  const rule = { publish: [PATTERN, USER_PATTERN, 'open/#'], subscribe: [PATTERN] };

  it('are those that another client id would have, for the log', () => {
    const withheld = withheldRights(rule, { username: 'tyre', clientId: 'impostor' });
    expect(withheld).toEqual({ publish: ['sensors/+/#'], subscribe: ['sensors/+/#'] });
    const rights = new TopicRights(bindRights(rule, { username: 'tyre', clientId: 'impostor' }), withheld);
    expect(rights.whyNotSubscribe('sensors/tyre/#')).toMatch(/clientId.*not the name of the account/);
    expect(rights.whyNotSubscribe('alerts/#')).toBe('no right to subscribe');
    expect(rights.mayPublish('sensors/tyre/p')).toBe(false);
  });

  it('are none where the client id is the name of the account', () => {
    expect(withheldRights(rule, { username: 'tyre', clientId: 'tyre' })).toEqual({ publish: [], subscribe: [] });
  });
});

describe('TopicRights [B6]', () => {
  it('grants nothing that is not named', () => {
    const rights = new TopicRights({ publish: [], subscribe: [] });
    expect([rights.mayPublish('a'), rights.maySubscribe('a'), rights.mayReceive('a')]).toEqual([false, false, false]);
  });

  it.each([
    ['sensors/a', true],
    ['sensors/a/b', true],
    ['sensors', true],
    ['other/a', false],
    ['$SYS/broker/clients', false],
    ['sensors/+', false],
    [`sensors/${'a/'.repeat(40)}`, false],
  ])('may publish on %s under sensors/#: %s, the second time as well', (topic, isGranted) => {
    const rights = new TopicRights({ publish: ['sensors/#'], subscribe: [] });
    expect([rights.mayPublish(topic), rights.mayPublish(topic)]).toEqual([isGranted, isGranted]);
  });

  it.each([
    ['commands/a/set', true],
    ['commands/a/+', true],
    ['commands/a/#', false],
    ['commands/+/set', false],
    ['#', false],
    ['+/a/set', false],
    ['$SYS/#', false],
  ])('may subscribe to %s under commands/a/+: %s', (filter, isGranted) => {
    expect(new TopicRights({ publish: [], subscribe: ['commands/a/+'] }).maySubscribe(filter)).toBe(isGranted);
  });

  it('keeps $SYS closed even where it was granted', () => {
    const rights = new TopicRights({ publish: ['#', '$SYS/#'], subscribe: ['#', '$SYS/#'] });
    const topic = '$SYS/x/new/clients';
    expect([rights.mayPublish(topic), rights.maySubscribe('$SYS/#'), rights.mayReceive(topic)]).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('opens $SYS to administrators, to read and not to write', () => {
    const rights = new TopicRights({ publish: ['#', '$SYS/#'], subscribe: [], admin: true });
    expect(rights.isAdmin).toBe(true);
    expect(['$SYS/#', '$SYS/broker/+', '$SYS/broker/clients'].map((filter) => rights.maySubscribe(filter))).toEqual([
      true,
      true,
      true,
    ]);
    expect(['$SYS', '$SYS/broker/clients'].map((topic) => rights.mayReceive(topic))).toEqual([true, true]);
    expect(['#', '$share/x/a', '$other/#', '$SYSTEM/#'].map((filter) => rights.maySubscribe(filter))).toEqual([
      false,
      false,
      false,
      false,
    ]);
    expect([rights.mayReceive('$other/a'), rights.mayPublish('$SYS/a'), rights.mayReceive('a')]).toEqual([
      false,
      false,
      false,
    ]);
  });

  it.each([
    ['secret/#', false, 'lies within what is denied'],
    ['secret/a', false, 'lies within what is denied'],
    ['open/a', true, 'has nothing to do with it'],
    ['#', true, 'is wider than what is denied'],
    ['+/a', true, 'overlaps with what is denied'],
  ])('with secret/# denied, a subscription to %s: %s, since it %s', (filter, isGranted) => {
    const rights = new TopicRights({ publish: [], subscribe: ['#'], denySubscribe: ['secret/#'] });
    expect(rights.maySubscribe(filter)).toBe(isGranted);
    expect(isGranted || rights.whyNotSubscribe(filter)).toBe(isGranted || 'denySubscribe names it');
    expect([rights.mayReceive('secret/a'), rights.mayReceive('secret'), rights.mayReceive('open/a')]).toEqual([
      false,
      false,
      true,
    ]);
  });

  it('grants nothing any more once it is revoked, also of what it remembers', () => {
    const rights = new TopicRights({ publish: ['#'], subscribe: ['#'], admin: true });
    const asked = () => [
      ...[rights.mayPublish('a'), rights.mayReceive('a'), rights.mayReceive('$SYS/a')],
      ...[rights.maySubscribe('a'), rights.maySubscribe('$SYS/#')],
    ];
    expect(asked()).toEqual([true, true, true, true, true]);
    rights.change();
    expect(asked()).toEqual([false, false, false, false, false]);
  });

  it('judges rightly after more topics than it remembers [P3]', () => {
    const rights = new TopicRights({ publish: ['a/#'], subscribe: [] });
    for (let index = 0; index < MAX_REMEMBERED_TOPICS + 10; index++) rights.mayPublish(`b/${index}`);
    expect([rights.mayPublish('a/1'), rights.mayPublish('b/1')]).toEqual([true, false]);
  });
});
