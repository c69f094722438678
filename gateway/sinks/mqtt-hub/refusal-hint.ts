import type { HubAt } from './hub-at.ts';
import type { Login } from './session.ts';

/**
 * Which setting to change, here or at the hub, for a reason code of MQTT 5 or a return code of 3.1.1.
 *
 * @returns undefined where only waiting helps
 * @see MQTT 5.0, section 2.4; MQTT 3.1.1, section 3.2.2.3
 */
export function refusalHint(hub: HubAt, code: number): string | undefined {
  const { clientId, hints, isOpen, protocol } = hub;
  const tree = hints?.topicTree ?? 'the topics of this sink';
  switch (code) {
    case 1:
    case 132:
      return otherProtocol(protocol);
    case 2:
    case 133:
      return `It does not take the client id ${clientId}: allow it there, or set \`clientId\` of this sink to one that it takes.`;
    case 4:
    case 134:
      return `${checkLogin(hints?.login)}.`;
    case 5:
    case 135:
      // Mosquitto says so of a wrong password, EMQX of a name that it does not know, Event Grid of a certificate.
      return isOpen
        ? `Let the gateway publish on ${tree} in the access rules of the hub, or set \`prefix\` of this sink to topics that it may use.`
        : `${checkLogin(hints?.login)}. Else let the client ${clientId} connect and publish on ${tree} in the access rules of the hub.`;
    case 129:
    case 130:
    case 131:
      return hints?.hasUserProperties === true
        ? 'If the hub takes no user properties, set `envelope: structured` for this sink.'
        : undefined;
    case 138:
      return `It has banned the client ${clientId}: lift the ban there.`;
    case 140:
      return `It wants another way to log in. ${checkLogin(hints?.login)}.`;
    case 141:
      return 'It heard nothing for too long: set a longer `keepaliveSeconds` for this sink, or raise the limit of the hub.';
    case 142:
      return `Somebody else has connected as ${clientId}: a second gateway runs on a copy of this dataDir, or uses the same \`clientId\`.`;
    case 144:
      return `It does not take that topic: its limits, or its access rules, do not go with ${tree}.`;
    case 147:
      return 'It counts fewer events in flight than it granted: set a smaller `window.maxEvents` for this sink.';
    case 149:
      return 'Raise the packet size of the hub, or leave out in the `filter` of this sink what is so large.';
    case 151:
      if (!isOpen) return 'It has as many clients as it takes: end some, or raise the limit of the hub.';
      return TOO_MUCH;
    case 150:
      return TOO_MUCH;
    case 154:
      return 'It keeps no retained messages: set `status: false` for this sink.';
    case 155:
      return 'It does not take QoS 1, which delivery needs: raise the maximum QoS of the hub.';
    default:
      return undefined;
  }
}

const TOO_MUCH = 'It is sent more than it allows: name its `profile` for this sink, or raise the limit of the hub.';

function checkLogin(login: Login = 'password'): string {
  return LOGINS[login];
}

const LOGINS: Readonly<Record<Login, string>> = {
  none: 'This sink has no `credentials`: give it some if the hub wants a login',
  password: 'Check username and password under `credentials` of this sink',
  token: 'Check the token, and its date of expiry, under `credentials` of this sink',
  certificate:
    'Check the certificate under `credentials` of this sink, its username if it has one, and that the hub knows it',
};

function otherProtocol(protocol: HubAt['protocol']): string {
  return protocol === 5
    ? 'If the hub speaks MQTT 3.1.1 only, set `protocol: 3.1.1` (and `envelope: structured`) for this sink.'
    : 'If the hub speaks MQTT 5 only, set `protocol: 5` for this sink.';
}
