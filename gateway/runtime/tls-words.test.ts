import { createPrivateKey } from 'node:crypto';
import { expect, it } from 'vitest';
import { tlsWords } from './tls-words.ts';

function thrownBy(action: () => void): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

it('puts codes of OpenSSL into words, and keeps them', () => {
  expect(tlsWords(Object.assign(new Error('x'), { code: 'ERR_SSL_WRONG_VERSION_NUMBER' }))).toBe(
    'what came is no TLS (ERR_SSL_WRONG_VERSION_NUMBER)',
  );
  expect(tlsWords('CERT_HAS_EXPIRED')).toBe('it has ended, or the date of this host is wrong (CERT_HAS_EXPIRED)');
  expect(tlsWords(thrownBy(() => createPrivateKey('no key')))).toBe(
    'it is not in PEM, or damaged (ERR_OSSL_UNSUPPORTED)',
  );
});

it('leaves what it has no words for as it is', () => {
  expect(tlsWords(new Error('boom'))).toBe('boom');
  expect(tlsWords('ERR_NEVER_HEARD_OF')).toBe('ERR_NEVER_HEARD_OF');
});
