/**
 * What OpenSSL and Node mean by their codes, for people who have never heard of them. The code stays behind the words, to be looked for.
 *
 * @param error of a handshake, of a file in PEM, or `authorizationError` of a TLS socket
 * @returns its own message where nobody has found words for it
 * @see OpenSSL, `openssl-verify(1)`, "Diagnostics"; Node.js, "Errors", `ERR_SSL_…`
 */
export function tlsWords(error: unknown): string {
  const code = codeOf(error);
  const words = code === undefined ? undefined : WORDS[code];
  if (words !== undefined) return `${words} (${code})`;
  return error instanceof Error ? error.message : String(error);
}

/** `authorizationError` is a string in some versions of Node and an error in others. */
function codeOf(error: unknown): string | undefined {
  if (typeof error === 'string') return error;
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

const NO_COMMON_VERSION = 'the other side speaks no version of TLS that counts; 1.2 or 1.3 is needed';
const NO_AUTHORITY = 'it comes from none of the authorities that count here';
const PASSPHRASE = 'the key has a passphrase; `openssl pkey -in FILE -out NEWFILE` takes it off';
const NOT_PEM = 'it is not in PEM, or damaged';

const WORDS: Readonly<Record<string, string>> = {
  // What comes on a connection.
  ERR_SSL_WRONG_VERSION_NUMBER: 'what came is no TLS',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'what came is no TLS',
  ERR_SSL_HTTP_REQUEST: 'what came is plain HTTP',
  ERR_SSL_BAD_RECORD_TYPE: 'what came is no TLS',
  ERR_SSL_UNSUPPORTED_PROTOCOL: NO_COMMON_VERSION,
  ERR_SSL_VERSION_TOO_LOW: NO_COMMON_VERSION,
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: NO_COMMON_VERSION,
  ERR_SSL_NO_SHARED_CIPHER: 'the two sides have no cipher in common',
  ERR_SSL_NO_SUITABLE_SIGNATURE_ALGORITHM: 'the other side can check no signature that our key can make',
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE:
    'the other side broke the handshake off: no cipher in common, or it wants a certificate',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA:
    'the other side does not know the authority of our certificate; give it that authority as its CA file',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: 'the other side finds our certificate ended, or its date is wrong',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: 'the other side refuses our certificate',
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE:
    'the other side refuses our certificate; does it hold the name by which that side calls us?',
  ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE: 'the other side cannot use our certificate: its kind, or its purpose',
  ERR_SSL_TLSV1_ALERT_DECRYPT_ERROR: 'the other side could not check our signature',
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: 'the other side shows no certificate',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'the other side wants a certificate of ours',
  ERR_SSL_UNEXPECTED_EOF_WHILE_READING: 'the connection was closed in the middle of the handshake',
  ECONNRESET: 'the connection was closed in the middle of the handshake',
  EPIPE: 'the connection was closed in the middle of the handshake',
  // Whether a certificate counts.
  CERT_HAS_EXPIRED: 'it has ended, or the date of this host is wrong',
  CERT_NOT_YET_VALID: 'it does not count yet, or the date of this host is wrong',
  CERT_REVOKED: 'its authority has taken it back',
  CERT_SIGNATURE_FAILURE: 'its signature is wrong: it was altered, or is of another authority of the same name',
  CERT_UNTRUSTED: NO_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: NO_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: NO_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: NO_AUTHORITY,
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is signed by itself alone, and is not among the authorities that count here',
  SELF_SIGNED_CERT_IN_CHAIN: 'its authority is signed by itself alone, and is not among those that count here',
  INVALID_CA: 'the certificate that signed it is not that of an authority',
  INVALID_PURPOSE: 'it is not made for this purpose (extendedKeyUsage)',
  PATH_LENGTH_EXCEEDED: 'the authority that signed it may not make others',
  CERT_CHAIN_TOO_LONG: 'there are too many certificates between it and its authority',
  HOSTNAME_MISMATCH: 'it has another name than the one that was asked for',
  ERR_TLS_CERT_ALTNAME_INVALID: 'it has another name than the one that was asked for (subjectAltName)',
  // Files.
  ERR_OSSL_UNSUPPORTED: NOT_PEM,
  ERR_OSSL_PEM_NO_START_LINE: NOT_PEM,
  ERR_OSSL_PEM_BAD_BASE64_DECODE: NOT_PEM,
  ERR_OSSL_PEM_BAD_END_LINE: NOT_PEM,
  ERR_OSSL_ASN1_WRONG_TAG: NOT_PEM,
  ERR_OSSL_ASN1_HEADER_TOO_LONG: NOT_PEM,
  ERR_OSSL_ASN1_NOT_ENOUGH_DATA: NOT_PEM,
  ERR_OSSL_ASN1_TOO_LONG: NOT_PEM,
  ERR_MISSING_PASSPHRASE: PASSPHRASE,
  ERR_OSSL_CRYPTO_INTERRUPTED_OR_CANCELLED: PASSPHRASE,
  ERR_OSSL_BAD_DECRYPT: PASSPHRASE,
  ERR_OSSL_X509_KEY_VALUES_MISMATCH: 'the key is that of another certificate',
  ERR_SSL_EE_KEY_TOO_SMALL: 'its key is too short to count',
  ERR_SSL_CA_KEY_TOO_SMALL: 'the key of its authority is too short to count',
  ERR_SSL_CA_MD_TOO_WEAK: 'it is signed with a hash that does not count any more',
};
