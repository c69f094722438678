import { createHash } from 'node:crypto';
import type { IncomingPublish } from '#gateway/sinks/mqtt-hub/session.ts';
import { membersOf, readJson } from '#gateway/sinks/own-event.ts';

/** As many of the last are known again: more than come in the minute in which a dead connection is noticed. */
export const MAX_REMEMBERED_COMMANDS = 1200;

/**
 * The commands that were taken last, so that one whose acknowledgement was lost with a connection is not published once more.
 *
 * MQTT tells a repeat from a second command by nothing: DUP says «perhaps», and a hub gives a packet id anew. So one is taken for a
 * repeat only if all of it is the same, packet id and correlation too: two without a correlation may be two that are meant.
 *
 * @see MQTT 5.0, sections 4.3.2 and 4.4: what was not acknowledged comes again with its packet id and DUP set
 */
export class TakenCommands {
  /** Oldest first; whether it was taken. */
  readonly #outcomes = new Map<string, Promise<boolean>>();

  /** @returns whether the first was taken, once that is known; undefined where there was none */
  outcomeOf(publish: IncomingPublish): Promise<boolean> | undefined {
    if (!publish.isDuplicate || publish.packetId === undefined) return undefined;
    const outcome = this.#outcomes.get(keyOf(publish));
    return outcome === undefined || !statesCorrelation(publish) ? undefined : outcome;
  }

  /** A command is about to be taken, or not. */
  note(publish: IncomingPublish, taking: Promise<boolean>): void {
    if (publish.packetId === undefined) return;
    const key = keyOf(publish);
    this.#outcomes.delete(key);
    this.#outcomes.set(
      key,
      taking.catch(() => false),
    );
    for (const oldest of this.#outcomes.keys()) {
      if (this.#outcomes.size <= MAX_REMEMBERED_COMMANDS) return;
      this.#outcomes.delete(oldest);
    }
  }
}

/** Not the expiry, of which there is less each time. */
function keyOf({ packetId, topic, payload, correlationData = EMPTY, userProperties = [] }: IncomingPublish): string {
  const around = JSON.stringify([packetId, topic, Buffer.from(correlationData).toString('hex'), userProperties]);
  return createHash('sha256').update(around).update(payload).digest('base64');
}

/** As correlation data, or as a client of MQTT 3.1.1 does: as the text `correlation` in its JSON. */
function statesCorrelation({ payload, correlationData = EMPTY }: IncomingPublish): boolean {
  if (correlationData.length > 0) return true;
  const json = readJson(payload);
  const stated = json === undefined ? undefined : membersOf(json.value)['correlation'];
  return typeof stated === 'string' && stated !== '';
}

const EMPTY = new Uint8Array();
