import { describe, expect, it } from 'vitest';
import { readIdentity } from './hub-identity.ts';
import { parseHubUrl } from './hub-socket.ts';

describe('parseHubUrl', () => {
  it.each([
    ['mqtt://hub.example.com', { host: 'hub.example.com', port: 1883, isSecure: false }],
    ['mqtts://hub.example.com', { host: 'hub.example.com', port: 8883, isSecure: true }],
    ['mqtt://127.0.0.1:21883', { host: '127.0.0.1', port: 21883, isSecure: false }],
    ['mqtts://[::1]:8884', { host: '::1', port: 8884, isSecure: true }],
  ])('reads %s', (url, address) => {
    expect(parseHubUrl(url)).toEqual(address);
  });

  it.each([
    ['another scheme', 'http://hub.example.com', {}, /mqtt:\/\/HOST/],
    ['no host', 'mqtt://', {}, /mqtt:\/\/HOST/],
    ['no url', 'hub.example.com', {}, /mqtt:\/\/HOST/],
    ['a login in the url', 'mqtt://me:secret@hub', {}, /credentials/],
    ['half a certificate', 'mqtts://hub', { certFile: 'c' }, /both/],
    ['a certificate without TLS', 'mqtt://hub', { certFile: 'c', keyFile: 'k' }, /mqtts:/],
  ])('refuses %s, and does not repeat a secret', (_, url, credentials, message) => {
    const parse = () => parseHubUrl(url, credentials);
    expect(parse).toThrow(expect.objectContaining({ code: 'config.invalid', message: expect.stringMatching(message) }));
    expect(parse).not.toThrow(/secret/);
  });
});

it('says which file of a client certificate it cannot read', async () => {
  const reading = readIdentity({ certFile: '/nowhere/cert.pem', keyFile: '/nowhere/key.pem' });
  await expect(reading).rejects.toMatchObject({
    code: 'secret.unreadable',
    message: expect.stringMatching('/nowhere/(cert|key).pem'),
  });
});
