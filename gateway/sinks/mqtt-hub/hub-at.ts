import type { MqttProtocol } from './compose-publish.ts';
import type { Hints } from './session.ts';

/** The hub, for messages. */
export interface HubAt {
  /** Names it. */
  readonly what: string;
  readonly protocol: MqttProtocol;
  readonly clientId: string;
  /** Whether it had accepted the session. */
  readonly isOpen: boolean;
  /** Whether it had answered a publish on this connection. */
  readonly hasTaken: boolean;
  readonly unansweredCount: number;
  /** The server that it names in its place. */
  readonly serverReference: string | undefined;
  readonly hints?: Hints | undefined;
}
