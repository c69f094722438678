import { constants } from 'node:crypto';
import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { tlsWords } from '#gateway/runtime/tls-words.ts';
import type { TlsMaterial } from './tls-material.ts';

/**
 * TLS 1.2 with forward secrecy and authenticated encryption only, and all of TLS 1.3. The client's order counts: small ones know
 * whether AES or ChaCha20 is cheap for them.
 */
const TLS_RULES = {
  minVersion: 'TLSv1.2',
  honorCipherOrder: false,
  secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_COMPRESSION,
  ciphers: [
    'TLS_AES_128_GCM_SHA256',
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-RSA-AES128-GCM-SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-RSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-CHACHA20-POLY1305',
    'ECDHE-RSA-CHACHA20-POLY1305',
  ].join(':'),
} as const;

/** What becomes of one connection. */
export interface TlsGuest {
  /** @param certificateUser common name of the client's certificate; absent where none is asked for */
  readonly onSecure: (socket: TLSSocket, certificateUser?: string) => void;
  /** Called once, before the connection is closed. */
  readonly onRefused: (reason: 'tlsFailed' | 'badCertificate', text: string) => void;
}

/**
 * Sees connections through their TLS handshake. Listens on no port: it is given connections.
 *
 * Nothing of ours runs while Node is inside the handshake: where the socket under TLS is destroyed there, and TLS after it, the
 * process ends by a segmentation fault (Node 24.21).
 */
export class TlsDoor {
  readonly #server: Server;
  readonly #asksForCertificate: boolean;
  readonly #guests = new Map<string, TlsGuest>();

  /** @param asksForCertificate whether a client must show one of an authority that the material names */
  constructor(asksForCertificate: boolean) {
    this.#asksForCertificate = asksForCertificate;
    // Node would close a connection with a bad certificate without a word: it is judged here.
    this.#server = createServer({ requestCert: asksForCertificate, rejectUnauthorized: false });
    this.#server.on('secureConnection', (socket) => {
      const guest = this.#guestOf(socket);
      setImmediate(() => this.#welcome(socket, guest));
    });
    this.#server.on('tlsClientError', (error: Error, socket) => {
      const guest = this.#guestOf(socket);
      setImmediate(() => turnAway(socket, guest, 'tlsFailed', `no TLS: ${tlsWords(error)}`));
    });
  }

  /** Holds for handshakes that begin from now on; connections that are there stay. Sessions of before cannot be resumed. */
  use({ ca, cert, key }: TlsMaterial): void {
    this.#server.setSecureContext({ ...TLS_RULES, cert, key, ...(ca === undefined ? {} : { ca }) });
  }

  enter(socket: Socket, guest: TlsGuest): void {
    const name = nameOf(socket);
    if (name === undefined) {
      socket.destroy();
      return;
    }
    this.#guests.set(name, guest);
    socket.once('close', () => {
      if (this.#guests.get(name) === guest) this.#guests.delete(name);
    });
    this.#server.emit('connection', socket);
  }

  #welcome(socket: TLSSocket, guest: TlsGuest | undefined): void {
    if (guest === undefined || socket.destroyed) {
      socket.destroy();
      return;
    }
    if (!this.#asksForCertificate) {
      guest.onSecure(socket);
      return;
    }
    const name = commonName(socket);
    if (!socket.authorized) turnAway(socket, guest, 'badCertificate', whyUnauthorized(socket));
    else if (name === undefined)
      turnAway(socket, guest, 'badCertificate', 'its certificate has no common name, or several');
    else guest.onSecure(socket, name);
  }

  #guestOf(socket: TLSSocket): TlsGuest | undefined {
    const name = nameOf(socket);
    const guest = name === undefined ? undefined : this.#guests.get(name);
    if (name !== undefined) this.#guests.delete(name);
    return guest;
  }
}

function turnAway(socket: TLSSocket, guest: TlsGuest | undefined, ...why: Parameters<TlsGuest['onRefused']>): void {
  guest?.onRefused(...why);
  socket.destroy();
}

function whyUnauthorized(socket: TLSSocket): string {
  const hasCertificate = Object.keys(socket.getPeerCertificate()).length > 0;
  return hasCertificate
    ? `its certificate does not count: ${tlsWords(socket.authorizationError)}`
    : 'it shows no certificate';
}

/** Tells connections to one port apart, also by the socket that Node puts around them: it hands over no other link between the two. */
function nameOf({ remoteAddress, remotePort }: Socket): string | undefined {
  return remotePort === undefined ? undefined : `${remoteAddress} ${remotePort}`;
}

function commonName(socket: TLSSocket): string | undefined {
  // An array where the subject has several.
  const name: unknown = socket.getPeerCertificate().subject?.CN;
  return typeof name === 'string' && name !== '' ? name : undefined;
}
