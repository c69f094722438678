import { quote, type RefusalReason } from '#gateway/broker/refusals.ts';
import type { ClaimRefusal } from '#gateway/broker/sessions/sessions.ts';
import { isTopicName } from '#gateway/model/topic-filter.ts';
import type { Accounts } from './accounts.ts';
import type { LoginGuard } from './login-guard.ts';
import type { TopicRights } from './topic-rights.ts';

/** Longest client id, in UTF-16 code units. */
export const MAX_CLIENT_ID_CHARS = 256;

/** What a CONNECT packet asks for. */
export interface ConnectRequest {
  readonly clientId: string;
  /** 4 is MQTT 3.1.1, 3 is MQTT 3.1. */
  readonly protocolVersion: number;
  readonly isCleanSession: boolean;
  readonly username: string | undefined;
  readonly password: Buffer | undefined;
  readonly willTopic: string | undefined;
  /** Of the peer, without its port. */
  readonly address: string;
  /** Whether the listener can be reached from this machine only. */
  readonly isLoopback: boolean;
  /** Common name of the certificate that the client has shown: its user then, without a password. */
  readonly certificateUser?: string | undefined;
}

/** The answer to a CONNECT. Return codes: 1 protocol version (Aedes sends that itself), 2 identifier rejected, 3 server unavailable, 4 bad user name or password, 5 not authorised [MQTT 3.1.1, table 3.1]. */
export type ConnectVerdict = ConnectAcceptance | ConnectRefusal;

/** Who comes in. */
export interface ConnectAcceptance {
  readonly isAccepted: true;
  /** Whose account it is: that of the certificate where there is one; undefined without a login. */
  readonly username: string | undefined;
  readonly rights: TopicRights;
}

type ReturnCode = 1 | 2 | 3 | 4 | 5;

/** Why nobody comes in. */
export interface ConnectRefusal {
  readonly isAccepted: false;
  readonly returnCode: ReturnCode;
  readonly reason: RefusalReason;
  readonly text: string;
  /** How long the answer waits; absent: not at all. */
  readonly delayMs?: number;
}

/** Who decides: the accounts, and the guard that makes guessing slow. */
export interface Doorkeepers {
  readonly accounts: Accounts;
  readonly guard: LoginGuard;
}

/** Decides who comes in. */
export function judgeConnect(request: ConnectRequest, keepers: Doorkeepers): ConnectVerdict {
  const { accounts } = keepers;
  const { clientId, willTopic, protocolVersion } = request;
  if (protocolVersion !== 3 && protocolVersion !== 4) {
    return refused(
      1,
      'unsupportedProtocol',
      `refused protocol level ${protocolVersion}: this broker speaks MQTT 3.1.1`,
    );
  }
  if (clientId === '' && !request.isCleanSession) {
    return refused(2, 'badClientId', 'an empty client id needs a clean session [MQTT-3.1.3-8]');
  }
  if (clientId.length > MAX_CLIENT_ID_CHARS) {
    return refused(2, 'badClientId', `the client id is longer than ${MAX_CLIENT_ID_CHARS} characters`);
  }
  if (clientId.startsWith('@')) {
    return refused(2, 'badClientId', 'client ids that begin with @ belong to parts of the gateway');
  }
  const badLogin =
    request.certificateUser === undefined ? judgeLogin(request, keepers) : judgeCertificate(request, accounts);
  if (badLogin !== undefined) return badLogin;
  const username = request.certificateUser ?? request.username;
  if (clientId !== username && accounts.has(clientId)) {
    return refused(2, 'clientIdTaken', `the client id ${quote(clientId)} is the name of another account`);
  }
  const rights = accounts.rightsOf(username, clientId);
  if (willTopic !== undefined && !(isTopicName(willTopic) && rights.mayPublish(willTopic))) {
    return refused(5, 'notAuthorized', `may not leave a will on ${quote(willTopic)}`);
  }
  return { isAccepted: true, username, rights };
}

function judgeLogin(request: ConnectRequest, { accounts, guard }: Doorkeepers): ConnectRefusal | undefined {
  const { username, password, isLoopback } = request;
  if (username === undefined) {
    if (password !== undefined) return refused(4, 'badLogin', 'a password came without a user name');
    if (!accounts.isAnonymousAllowed) return refused(5, 'badLogin', 'a login is needed');
    if (!isLoopback) return refused(5, 'badLogin', 'a login is needed on a listener that is open to the network');
    return undefined;
  }
  const judged = guard.judge({ ...request, username, password: password ?? NO_PASSWORD });
  switch (judged.outcome) {
    case 'right':
      return undefined;
    case 'wrong':
      return {
        ...refused(4, 'badLogin', `wrong user name or password for user ${quote(username)}`),
        delayMs: judged.delayMs,
      };
    case 'heldUp':
      // Not 4: the password may be the right one, and its client should try again.
      return { ...refused(3, 'loginHeldUp', `${HELD_UP} ${quote(username)}`), delayMs: judged.delayMs };
  }
}

/** The handshake has proved who that is; what is asked here is whether there is an account, and that the CONNECT claims no other. */
function judgeCertificate(
  { certificateUser = '', username }: ConnectRequest,
  accounts: Accounts,
): ConnectRefusal | undefined {
  if (username !== undefined && username !== certificateUser) {
    return refused(
      4,
      'badLogin',
      `the user name ${quote(username)} is not that of the certificate, ${quote(certificateUser)}`,
    );
  }
  if (!accounts.has(certificateUser)) {
    return refused(5, 'badLogin', `the certificate names ${quote(certificateUser)}, and no account has that name`);
  }
  return undefined;
}

/** The answer to a CONNECT that was accepted, but whose session cannot be had. @param username account of the client */
export function judgeClaim(claim: ClaimRefusal, clientId: string, username: string | undefined): ConnectRefusal {
  switch (claim) {
    case 'otherAccount':
      return refused(2, 'clientIdTaken', `the session ${quote(clientId)} belongs to another account`);
    case 'tooManyClients':
      return refused(3, 'tooManyClients', 'refused: too many clients are connected');
    case 'tooManySessions':
      return refused(3, 'tooManySessions', `${NO_SESSION}: broker.limits.maxSessions are kept; ${MAKE_ROOM}`);
    case 'tooManySessionsOfAccount': {
      const who = username === undefined ? 'clients without a login have' : `the account ${quote(username)} has`;
      const text = `${NO_SESSION}: ${who} broker.limits.maxSessionsPerAccount of them; ${MAKE_ROOM}`;
      return refused(3, 'tooManySessions', text);
    }
    case 'stateFull':
      return refused(
        3,
        'journalFull',
        `${NO_SESSION}: the disk takes no more of what must be remembered; free some room`,
      );
  }
}

const NO_SESSION = 'refused a new persistent session';
const MAKE_ROOM =
  '`waystation clients sessions` lists them, `waystation clients end SESSION` ends one, and a client its own by a clean session';
const HELD_UP = 'did not look at the password, since too many wrong ones came from this address, for user';
const NO_PASSWORD = Buffer.alloc(0);

function refused(returnCode: ReturnCode, reason: RefusalReason, text: string): ConnectRefusal {
  return { isAccepted: false, returnCode, reason, text };
}
