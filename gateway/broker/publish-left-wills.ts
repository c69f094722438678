import type { StoredWill } from './durable/state-codec.ts';
import type { StateRecorder } from './durable/state-recorder.ts';
import type { Accounts } from './identity/accounts.ts';
import type { Intake } from './intake.ts';
import { quote, type Refusals } from './refusals.ts';

/** What {@link publishLeftWills} needs. */
export interface LeftWillsContext {
  readonly accounts: Accounts;
  readonly intake: Intake;
  readonly recorder: StateRecorder;
  readonly refusals: Refusals;
}

/**
 * At a start, before anybody may connect: publishes the wills of clients that were connected when the process ended. Their connections broke
 * with it, and nobody else can tell; a client that comes back says so itself, behind its will.
 *
 * @see MQTT 3.1.1, 3.1.2.5: a server that failed may publish wills at its restart
 */
export function publishLeftWills(wills: ReadonlyMap<number, StoredWill>, context: LeftWillsContext): void {
  const { accounts, intake, recorder, refusals } = context;
  for (const [number, { username, message }] of wills) {
    const { clientId: client, topic } = message;
    if (!accounts.rightsOf(username, client).mayPublish(topic)) {
      const text = `did not publish the will of a client that was connected when the gateway ended, on ${quote(topic)}: no right to publish`;
      refusals.note({ reason: 'notAuthorized', client, code: 'broker.notAuthorized', text }, { user: username, topic });
      recorder.willEnded(number);
      continue;
    }
    // What cannot be kept now is tried at the next start.
    intake.publish(message, (error) => {
      if (error === undefined) recorder.willEnded(number);
    });
  }
}
