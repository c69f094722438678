import { type Clock, wait } from '#gateway/runtime/clock.ts';
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
  readonly clock: Clock;
}

/** A start waits so long for what takes the wills: nobody is kept out for longer by a disk that is slow. */
export const LEFT_WILLS_PATIENCE_MS = 5000;

/**
 * At a start, before anybody may connect: publishes the wills of clients that were connected when the process ended, and waits until they
 * are safe. Their connections broke with it, and nobody else can tell; a client that comes back says so itself, behind its will.
 *
 * @see MQTT 3.1.1, 3.1.2.5: a server that failed may publish wills at its restart
 */
export async function publishLeftWills(
  wills: ReadonlyMap<number, StoredWill>,
  context: LeftWillsContext,
): Promise<void> {
  const publishing = [...wills].map(([number, will]) => publishOne(number, will, context));
  const waiting = new AbortController();
  await Promise.race([Promise.all(publishing), wait(context.clock, LEFT_WILLS_PATIENCE_MS, waiting.signal)]);
  waiting.abort();
}

function publishOne(
  number: number,
  { username, message }: StoredWill,
  { accounts, intake, recorder, refusals }: LeftWillsContext,
): Promise<void> | undefined {
  const { clientId: client, topic } = message;
  if (!accounts.rightsOf(username, client).mayPublish(topic)) {
    const text = `did not publish the will of a client that was connected when the gateway ended, on ${quote(topic)}: no right to publish`;
    refusals.note({ reason: 'notAuthorized', client, code: 'broker.notAuthorized', text }, { user: username, topic });
    recorder.willEnded(number);
    return undefined;
  }
  return new Promise((resolve) =>
    intake.publish(message, (error) => {
      // What cannot be kept now is tried at the next start.
      if (error === undefined) recorder.willEnded(number);
      resolve();
    }),
  );
}
