import { expect, it } from 'vitest';
import { findRightsFaults } from './rights-faults.ts';
import { bindRights, type RightsRule, TopicRights } from './topic-rights.ts';

const CLIENT_ID = `\${clientId}`;
const USERNAME = `\${username}`;

const FAULTY: readonly (readonly [rule: Partial<RightsRule>, username: string | undefined, text: string])[] = [
  [{}, 'pump', 'may do nothing'],
  [{ denySubscribe: ['a'] }, 'pump', 'may do nothing'],
  [{ publish: ['$SYS/#'] }, 'pump', 'topics that begin with $ are closed'],
  [{ subscribe: ['$SYS/broker/uptime'] }, 'pump', '`admin: true` opens $SYS'],
  [{ publish: [`a/${CLIENT_ID}`] }, undefined, 'no value for clients without a login'],
  [{ publish: [`a/${USERNAME}/#`] }, undefined, 'no value for clients without a login'],
  [{ publish: [`a/${USERNAME}`] }, 'pumps/one', 'the name "pumps/one" has + # or / in it'],
  [{ publish: [`a/${CLIENT_ID}`] }, 'a+b', 'has + # or / in it'],
  [{ publish: [`a/\${clientid}`] }, 'pump', `\${clientid} stands for nothing`],
  [{ publish: ['a/b/c/d/e'] }, 'pump', 'it has 5 levels, and topics 4 at most'],
  [{ subscribe: ['a/b'], denySubscribe: ['a/#'] }, 'pump', 'denySubscribe withholds "a/#"'],
];

it.each(FAULTY)('finds what %j of %j can never do', (rule, username, text) => {
  const faults = findRightsFaults({ publish: [], subscribe: [], ...rule }, username, 4);
  expect(faults.map((fault) => fault.text)).toEqual([expect.stringContaining(text)]);
});

const SOUND: readonly (readonly [rule: Partial<RightsRule>, username: string | undefined, topic: string])[] = [
  [{ publish: ['#'] }, undefined, 'a'],
  [{ publish: [`sensors/${USERNAME}/#`] }, 'pump', 'sensors/pump/a'],
  [{ publish: [`sensors/${CLIENT_ID}/+`] }, 'pump', 'sensors/pump/a'],
  [{ publish: ['a/b/c/d/#'] }, 'pump', 'a/b/c/d'],
];

it.each(SOUND)('says nothing of %j of %j, which a client can use', (rule, username, topic) => {
  const rights = { publish: [], subscribe: [], ...rule };
  expect(findRightsFaults(rights, username, 4)).toEqual([]);
  expect(new TopicRights(bindRights(rights, { username, clientId: username ?? 'any' })).mayPublish(topic)).toBe(true);
});

it('says nothing of an administrator who may do nothing else', () => {
  expect(findRightsFaults({ publish: [], subscribe: [], admin: true }, 'me')).toEqual([]);
});
