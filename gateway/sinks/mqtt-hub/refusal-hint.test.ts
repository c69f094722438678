import { expect, it } from 'vitest';
import type { HubAt } from './hub-at.ts';
import { refusalHint } from './refusal-hint.ts';
import type { Login } from './session.ts';

function hubWith(login: Login, isOpen = false): HubAt {
  return {
    ...{ what: 'the hub', protocol: 5, clientId: 'truck', serverReference: undefined, isOpen, hasTaken: isOpen },
    ...{ unansweredCount: 0, hints: { topicTree: 'fleet/truck/#', hasUserProperties: true, login } },
  };
}

it.each([5, 135])('names the login before the access rules for code %i while connecting', (code) => {
  expect(refusalHint(hubWith('password'), code)).toMatch(/^Check username and password .*truck.* access rules/);
  expect(refusalHint(hubWith('token'), code)).toMatch(/^Check the token/);
  expect(refusalHint(hubWith('certificate'), code)).toMatch(/^Check the certificate/);
  expect(refusalHint(hubWith('none'), code)).toMatch(/^This sink has no `credentials`/);
});

it.each([5, 135])('names the access rules alone for code %i of a session that was accepted', (code) => {
  expect(refusalHint(hubWith('password', true), code)).not.toMatch(/password/);
});

it.each([
  [138, false, /banned/],
  [140, false, /another way to log in/],
  [151, false, /as many clients as it takes/],
  [151, true, /more than it allows/],
] as const)('has a remedy for code %i, open %s', (code, isOpen, words) => {
  expect(refusalHint(hubWith('password', isOpen), code)).toMatch(words);
});
