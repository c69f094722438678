import { expect, it } from 'vitest';
import type { HubAt } from './hub-at.ts';
import { hubError } from './hub-error.ts';

const HUB: HubAt = {
  ...{ what: 'the hub at mqtts://hub', protocol: 5, clientId: 'gateway-hub', serverReference: undefined },
  ...{ isOpen: false, hasTaken: false, unansweredCount: 0 },
};

it.each([
  ['CERT_HAS_EXPIRED', 'hub.refused'],
  ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED', 'hub.refused'],
  ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_REVOKED', 'hub.refused'],
  // The date may still come, and a login page of a network goes away.
  ['CERT_NOT_YET_VALID', 'hub.unreachable'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'hub.unreachable'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'hub.unreachable'],
  ['ECONNREFUSED', 'hub.unreachable'],
])('%s while connecting means %s', (code, expected) => {
  expect(hubError(HUB, Object.assign(new Error('It failed'), { code })).code).toBe(expected);
});

it('asks whether both sides speak TLS where one resets a connection before it said anything', () => {
  const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
  expect(hubError(HUB, reset).message).toMatch(/check the port, and mqtt:\/\/ or mqtts:\/\//);
  expect(hubError({ ...HUB, isOpen: true }, reset).message).not.toMatch(/TLS/);
});
