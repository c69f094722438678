import { isTooDeep } from '#gateway/broker/disguise.ts';
import {
  coversFilter,
  isTopicName,
  MAX_TOPIC_BYTES,
  MAX_TOPIC_LEVELS,
  matchesTopic,
} from '#gateway/model/topic-filter.ts';

/** What a client may do: topic filters, in which `${username}` and `${clientId}` stand for the client's own. */
export interface RightsRule {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
  /** What is withheld of `subscribe`; it wins. */
  readonly denySubscribe?: readonly string[];
  /** Opens `$SYS/#` to subscribe, which no filter does. */
  readonly admin?: boolean;
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
 * Topics that begin with `$` are closed, whatever was granted: `$SYS` speaks of every client, and is open to administrators alone.
 * A denied filter refuses the subscriptions that it covers. A wider one is granted, and what the denied filter matches does not come
 * by it.
 */
export class TopicRights {
  #rule: Required<RightsRule>;
  readonly #publish: TopicVerdicts;
  readonly #receive: TopicVerdicts;
  #withheld: RightsRule;
  readonly #maxLevels: number;

  /** @param withheld what {@link withheldRights} gives; only to say why something is refused */
  constructor(rule: RightsRule, withheld: RightsRule = NO_RIGHTS, maxLevels = MAX_TOPIC_LEVELS) {
    this.#withheld = withheld;
    this.#maxLevels = maxLevels;
    this.#rule = { denySubscribe: [], admin: false, ...rule };
    this.#publish = new TopicVerdicts(
      (topic) => isOpenTopic(topic) && !this.isTooDeep(topic) && matchesAny(this.#rule.publish, topic),
    );
    this.#receive = new TopicVerdicts(
      (topic) => this.#isGranted(topic) && !matchesAny(this.#rule.denySubscribe, topic),
    );
  }

  /** Whether `$SYS` is open. */
  get isAdmin(): boolean {
    return this.#rule.admin;
  }

  /** Puts others in their place, for whoever holds these rights already; without an argument none: the account is gone. */
  change(rule: RightsRule = NO_RIGHTS, withheld: RightsRule = NO_RIGHTS): void {
    this.#rule = { denySubscribe: [], admin: false, ...rule };
    this.#withheld = withheld;
    this.#publish.forget();
    this.#receive.forget();
  }

  /** Also what the client's will needs. Never true of what is no topic name. */
  mayPublish(topic: string): boolean {
    return this.#publish.of(topic);
  }

  /** Whether one granted filter covers all that `filter` can match, and no denied one does. */
  maySubscribe(filter: string): boolean {
    const { subscribe, denySubscribe, admin } = this.#rule;
    if (this.isTooDeep(filter) || coversAny(denySubscribe, filter)) return false;
    return filter.startsWith('$') ? admin && coversFilter(SYSTEM_TOPICS, filter) : coversAny(subscribe, filter);
  }

  /** Whether a topic, or a filter, has more levels than `broker.limits` allows. */
  isTooDeep(topic: string): boolean {
    return isTooDeep(topic, this.#maxLevels);
  }

  /** For the log: why the client may not publish there. */
  whyNotPublish(topic: string): string {
    if (this.isTooDeep(topic)) return `more than ${this.#maxLevels} levels`;
    return `no right to publish${hint(matchesAny(this.#withheld.publish, topic))}`;
  }

  /** For the log: why the client may not subscribe to that. */
  whyNotSubscribe(filter: string): string {
    if (this.isTooDeep(filter)) return `more than ${this.#maxLevels} levels`;
    if (coversAny(this.#rule.denySubscribe, filter)) return 'denySubscribe names it';
    if (filter.startsWith('$')) return 'only administrators may subscribe to $SYS';
    return `no right to subscribe${hint(coversAny(this.#withheld.subscribe, filter))}`;
  }

  /** Asked again per delivery: a retained or queued message may stem from a time with other rights. */
  mayReceive(topic: string): boolean {
    return this.#receive.of(topic);
  }

  #isGranted(topic: string): boolean {
    if (topic.startsWith('$')) return this.#rule.admin && matchesTopic(SYSTEM_TOPICS, topic);
    return isTopicName(topic) && matchesAny(this.#rule.subscribe, topic);
  }
}

/**
 * Puts the holder's names into a rule.
 *
 * A client id is whatever a client says it is. `${clientId}` therefore counts only when the id is bound to the account, which
 * is when it equals the user name. A name that contains `+`, `#` or `/` would grant more than its own branch. Patterns
 * that cannot be filled in grant nothing.
 */
export function bindRights(rule: RightsRule, { username, clientId }: RightsHolder): Required<RightsRule> {
  const name = username !== undefined && /^[^+#/\0]+$/.test(username) ? username : undefined;
  const boundId = clientId === name ? name : undefined;
  const bind = (patterns: readonly string[]) =>
    patterns
      .map((pattern) => fill(fill(pattern, USERNAME, name), CLIENT_ID, boundId))
      .filter((filter) => filter !== undefined);
  // What cannot be filled in is withheld from everybody.
  const deny = (pattern: string) =>
    pattern
      .replaceAll(USERNAME, () => name ?? '+')
      .replaceAll(CLIENT_ID, () => boundId ?? '+')
      .replaceAll(PARTIAL_WILDCARD, '+');
  return {
    publish: bind(rule.publish),
    subscribe: bind(rule.subscribe),
    denySubscribe: (rule.denySubscribe ?? []).map(deny),
    admin: rule.admin ?? false,
  };
}

/** The rights that the holder lacks because its client id is not the name of its account, with `+` for the id. */
export function withheldRights(rule: RightsRule, { username, clientId }: RightsHolder): RightsRule {
  if (clientId === username) return NO_RIGHTS;
  const withhold = (patterns: readonly string[]) =>
    patterns.filter((pattern) => pattern.includes(CLIENT_ID)).map((pattern) => pattern.replaceAll(CLIENT_ID, '+'));
  const { publish, subscribe } = bindRights(
    { publish: withhold(rule.publish), subscribe: withhold(rule.subscribe) },
    { username, clientId },
  );
  return { publish, subscribe };
}

/** Nothing at all. */
export const NO_RIGHTS: RightsRule = { publish: [], subscribe: [] };
const SYSTEM_TOPICS = '$SYS/#';
/** A level in which a `+` stands beside other characters, where a placeholder was part of a level. */
const PARTIAL_WILDCARD = /[^/]*\+[^/]*/g;

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

function isOpenTopic(topic: string): boolean {
  return isTopicName(topic) && !topic.startsWith('$');
}

function matchesAny(filters: readonly string[], topic: string): boolean {
  return filters.some((filter) => matchesTopic(filter, topic));
}

function coversAny(outers: readonly string[], inner: string): boolean {
  return outers.some((outer) => coversFilter(outer, inner));
}

/** A verdict on topics, remembered per topic: on the way of every publish. */
class TopicVerdicts {
  readonly #judge: (topic: string) => boolean;
  readonly #verdicts = new Map<string, boolean>();

  constructor(judge: (topic: string) => boolean) {
    this.#judge = judge;
  }

  of(topic: string): boolean {
    const known = this.#verdicts.get(topic);
    if (known !== undefined) return known;
    const verdict = this.#judge(topic);
    // Longer ones are no topics of ours; to remember them would be to keep them.
    if (topic.length > MAX_TOPIC_BYTES) return verdict;
    if (this.#verdicts.size >= MAX_REMEMBERED_TOPICS) this.#verdicts.clear();
    this.#verdicts.set(topic, verdict);
    return verdict;
  }

  forget(): void {
    this.#verdicts.clear();
  }
}
