import { coversFilter, isTopicName, matchesTopic } from '#gateway/model/topic-filter.ts';

/** What a client may do: topic filters, in which `${username}` and `${clientId}` stand for the client's own. */
export interface RightsRule {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

/** Who asks. */
export interface RightsHolder {
  readonly username: string | undefined;
  readonly clientId: string;
}

/** Topics whose verdict is remembered per account and direction. */
export const MAX_REMEMBERED_TOPICS = 1024;

/**
 * What one client may do; nothing unless granted [B6].
 *
 * Topics that begin with `$` are closed, whatever was granted: `$SYS` speaks of every client.
 */
export class TopicRights {
  readonly #publish: TopicVerdicts;
  readonly #subscribe: readonly string[];
  readonly #receive: TopicVerdicts;
  readonly #withheld: RightsRule;

  /** @param withheld what {@link withheldRights} gives; only to say why something is refused */
  constructor(rule: RightsRule, withheld: RightsRule = { publish: [], subscribe: [] }) {
    this.#withheld = withheld;
    this.#publish = new TopicVerdicts(rule.publish);
    this.#subscribe = rule.subscribe;
    this.#receive = new TopicVerdicts(rule.subscribe);
  }

  /** Also what the client's will needs. Never true of what is no topic name. */
  mayPublish(topic: string): boolean {
    return this.#publish.covers(topic);
  }

  /** Whether one granted filter covers all that `filter` can match. */
  maySubscribe(filter: string): boolean {
    return !filter.startsWith('$') && this.#subscribe.some((granted) => coversFilter(granted, filter));
  }

  /** For the log: why the client may not publish there. */
  whyNotPublish(topic: string): string {
    return `no right to publish${hint(this.#withheld.publish.some((filter) => matchesTopic(filter, topic)))}`;
  }

  /** For the log: why the client may not subscribe to that. */
  whyNotSubscribe(filter: string): string {
    return `no right to subscribe${hint(this.#withheld.subscribe.some((granted) => coversFilter(granted, filter)))}`;
  }

  /** Asked again per delivery: a retained or queued message may stem from a time with other rights. */
  mayReceive(topic: string): boolean {
    return this.#receive.covers(topic);
  }
}

/**
 * Puts the holder's names into a rule.
 *
 * A client id is whatever a client says it is. `${clientId}` therefore counts only when the id is bound to the account, which
 * is when it equals the user name. A name that contains `+`, `#` or `/` would grant more than its own branch. Patterns
 * that cannot be filled in grant nothing.
 */
export function bindRights(rule: RightsRule, { username, clientId }: RightsHolder): RightsRule {
  const name = username !== undefined && /^[^+#/\0]+$/.test(username) ? username : undefined;
  const boundId = clientId === name ? name : undefined;
  const bind = (patterns: readonly string[]) =>
    patterns
      .map((pattern) => fill(fill(pattern, USERNAME, name), CLIENT_ID, boundId))
      .filter((filter) => filter !== undefined);
  return { publish: bind(rule.publish), subscribe: bind(rule.subscribe) };
}

/** The rights that the holder lacks because its client id is not the name of its account, with `+` for the id. */
export function withheldRights(rule: RightsRule, { username, clientId }: RightsHolder): RightsRule {
  if (clientId === username) return { publish: [], subscribe: [] };
  const withhold = (patterns: readonly string[]) =>
    patterns.filter((pattern) => pattern.includes(CLIENT_ID)).map((pattern) => pattern.replaceAll(CLIENT_ID, '+'));
  return bindRights({ publish: withhold(rule.publish), subscribe: withhold(rule.subscribe) }, { username, clientId });
}

function hint(isWithheld: boolean): string {
  return isWithheld ? `; ${CLIENT_ID} does not count, because the client id is not the name of the account` : '';
}

function fill(pattern: string | undefined, placeholder: string, name: string | undefined): string | undefined {
  if (!pattern?.includes(placeholder)) return pattern;
  // A function, because a plain replacement would read `$&` in a name as an instruction.
  return name === undefined ? undefined : pattern.replaceAll(placeholder, () => name);
}

const USERNAME = `\${username}`;
const CLIENT_ID = `\${clientId}`;

/** Whether a topic falls under one of the filters, remembered per topic. */
class TopicVerdicts {
  readonly #filters: readonly string[];
  readonly #verdicts = new Map<string, boolean>();

  constructor(filters: readonly string[]) {
    this.#filters = filters;
  }

  covers(topic: string): boolean {
    const known = this.#verdicts.get(topic);
    if (known !== undefined) return known;
    const isOpen = isTopicName(topic) && !topic.startsWith('$');
    const verdict = isOpen && this.#filters.some((filter) => matchesTopic(filter, topic));
    if (this.#verdicts.size >= MAX_REMEMBERED_TOPICS) this.#verdicts.clear();
    this.#verdicts.set(topic, verdict);
    return verdict;
  }
}
