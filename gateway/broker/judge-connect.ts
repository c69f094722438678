import { isTopicName } from '#gateway/model/topic-filter.ts';
import type { Accounts } from './accounts.ts';
import { quote, type RefusalReason } from './refusals.ts';
import type { TopicRights } from './topic-rights.ts';

/** Longest client id, in UTF-16 code units. */
export const MAX_CLIENT_ID_CHARS = 256;

/** What a CONNECT packet asks for. */
export interface ConnectRequest {
  readonly clientId: string;
  readonly isCleanSession: boolean;
  readonly username: string | undefined;
  readonly password: Buffer | undefined;
  readonly willTopic: string | undefined;
  /** Whether the listener can be reached from this machine only. */
  readonly isLoopback: boolean;
}

/** The answer to a CONNECT. Return codes: 2 identifier rejected, 4 bad user name or password, 5 not authorised [MQTT 3.1.1, table 3.1]. */
export type ConnectVerdict =
  | { readonly isAccepted: true; readonly rights: TopicRights }
  | {
      readonly isAccepted: false;
      readonly returnCode: 2 | 4 | 5;
      readonly reason: RefusalReason;
      readonly text: string;
    };

/** Decides who comes in. */
export function judgeConnect(request: ConnectRequest, accounts: Accounts): ConnectVerdict {
  const { clientId, username, willTopic } = request;
  if (clientId === '' && !request.isCleanSession) {
    return refused(2, 'badClientId', 'an empty client id needs a clean session [MQTT-3.1.3-8]');
  }
  if (clientId.length > MAX_CLIENT_ID_CHARS) {
    return refused(2, 'badClientId', `the client id is longer than ${MAX_CLIENT_ID_CHARS} characters`);
  }
  if (clientId.startsWith('@')) {
    return refused(2, 'badClientId', 'client ids that begin with @ belong to parts of the gateway');
  }
  if (username === undefined) {
    if (request.password !== undefined) return refused(4, 'badLogin', 'a password came without a user name');
    if (!accounts.isAnonymousAllowed) return refused(5, 'badLogin', 'a login is needed');
    if (!request.isLoopback)
      return refused(5, 'badLogin', 'a login is needed on a listener that is open to the network');
  } else if (!accounts.isLogin(username, request.password ?? NO_PASSWORD)) {
    return refused(4, 'badLogin', `wrong user name or password for user ${quote(username)}`);
  }
  const rights = accounts.rightsOf(username, clientId);
  if (willTopic !== undefined && !(isTopicName(willTopic) && rights.mayPublish(willTopic))) {
    return refused(5, 'notAuthorized', `may not leave a will on ${quote(willTopic)}`);
  }
  return { isAccepted: true, rights };
}

const NO_PASSWORD = Buffer.alloc(0);

function refused(returnCode: 2 | 4 | 5, reason: RefusalReason, text: string): ConnectVerdict {
  return { isAccepted: false, returnCode, reason, text };
}
