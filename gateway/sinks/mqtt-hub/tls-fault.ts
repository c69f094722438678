const UNKNOWN_AUTHORITY =
  "The hub's certificate is from an authority that this machine does not know. Name the authority's file as `ca` of this sink.";
const NO_TLS =
  'What answers there does not speak TLS: write mqtt:// in the url of this sink, or the port where the hub speaks TLS.';

/** Verdicts of this side, and what OpenSSL makes of an answer that is no TLS. */
const WORDS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT:
    "Nobody vouches for the hub's certificate, which signed itself. If it is yours, name it as `ca` of this sink.",
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    "Nobody vouches for the hub's certificate: it is from an authority that this machine does not know (name its file as `ca` of this sink), or the hub leaves out those in between.",
  CERT_SIGNATURE_FAILURE: 'The `ca` of this sink has the name of the authority of the hub, but is another one.',
  CERT_HAS_EXPIRED: "The hub's certificate has expired, or the date of this machine is wrong.",
  CERT_NOT_YET_VALID: "The hub's certificate is not valid yet; most likely the date of this machine is wrong.",
  ERR_TLS_CERT_ALTNAME_INVALID:
    "The hub's certificate is for another name: write a name that stands in it into the url of this sink.",
  ERR_SSL_WRONG_VERSION_NUMBER: NO_TLS,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: NO_TLS,
  ERR_OSSL_X509_KEY_VALUES_MISMATCH: 'keyFile is not the key of certFile.',
};

/** What the other side said before it hung up; OpenSSL puts the version in front of some. @see RFC 8446, section 6.2 */
const ALERTS: readonly (readonly [pattern: RegExp, words: string])[] = [
  [
    /ALERT_CERTIFICATE_REQUIRED$/,
    'The hub wants a client certificate: give certFile and keyFile under `credentials` of this sink.',
  ],
  [
    /ALERT_UNKNOWN_CA$/,
    "The hub does not know the authority of the gateway's certificate: have it trust that one, or get a certificate from one that it trusts.",
  ],
  [/ALERT_CERTIFICATE_EXPIRED$/, "The gateway's certificate has expired: renew certFile and keyFile."],
  [/ALERT_CERTIFICATE_REVOKED$/, "The gateway's certificate was revoked: get a new one."],
  [
    /ALERT_(?:BAD_CERTIFICATE|CERTIFICATE_UNKNOWN|ACCESS_DENIED)$/,
    "The hub does not accept the gateway's certificate: see its log, and check which one it expects.",
  ],
  [
    /ALERT_HANDSHAKE_FAILURE$/,
    'The hub found nothing in common: most likely it wants a client certificate (certFile and keyFile), or speaks only what is outdated.',
  ],
  [/ALERT_PROTOCOL_VERSION$|UNSUPPORTED_PROTOCOL$/, 'The hub speaks no version of TLS that is still good: update it.'],
  [
    /ALERT_UNRECOGNIZED_NAME$/,
    'The hub does not go by that name: write the one that it expects into the url of this sink.',
  ],
  [/ALERT_NO_APPLICATION_PROTOCOL$/, 'What answers there does not speak MQTT on this port: check the port in the url.'],
];

/**
 * What a failure of TLS means for whoever set the sink up: Node names failures by the codes of OpenSSL, most of which do not say
 * which side is at fault.
 *
 * @returns undefined for a failure of another kind
 */
export function tlsFault(error: Error): string | undefined {
  if (!('code' in error) || typeof error.code !== 'string') return undefined;
  const { code } = error;
  if (Object.hasOwn(WORDS, code)) return WORDS[code];
  return ALERTS.find(([pattern]) => pattern.test(code))?.[1];
}

/**
 * Whether a certificate of either side has ended or was revoked: nothing but a new one helps. One that is not valid yet is no such case:
 * most likely this machine has still to learn the date.
 */
export function needsNewCertificate(error: Error): boolean {
  return 'code' in error && typeof error.code === 'string' && ENDED.test(error.code);
}

const ENDED = /^CERT_HAS_EXPIRED$|ALERT_CERTIFICATE_(?:EXPIRED|REVOKED)$/;
