import { coversFilter, MAX_TOPIC_LEVELS } from '#gateway/model/topic-filter.ts';
import { bindRights, type RightsRule } from './topic-rights.ts';

/** A filter that grants nothing to anybody, or an account that may do nothing. */
export interface RightsFault {
  /** Which right, and which of its filters; absent where it is about the whole account. */
  readonly right?: 'publish' | 'subscribe' | 'denySubscribe';
  readonly index?: number;
  readonly text: string;
}

/**
 * Rights that can never work, whatever a client does.
 *
 * @param username undefined for clients without a login
 */
export function findRightsFaults(
  rule: RightsRule,
  username: string | undefined,
  maxTopicLevels = MAX_TOPIC_LEVELS,
): readonly RightsFault[] {
  const { publish, subscribe, denySubscribe = [], admin = false } = rule;
  if (publish.length + subscribe.length === 0 && !admin) {
    return [{ text: 'may do nothing: it has neither publish nor subscribe' }];
  }
  const faults: RightsFault[] = [];
  for (const [right, filters] of Object.entries({ publish, subscribe, denySubscribe })) {
    for (const [index, filter] of filters.entries()) {
      const text =
        whyNever(filter, username, maxTopicLevels) ?? (right === 'subscribe' ? whyDenied(filter, rule) : undefined);
      // The keys of the object above.
      if (text !== undefined) faults.push({ right: right as NonNullable<RightsFault['right']>, index, text });
    }
  }
  return faults;
}

/** @returns why no topic that a client can use matches the filter */
function whyNever(filter: string, username: string | undefined, maxTopicLevels: number): string | undefined {
  const placeholders = filter.match(/\$\{[^}]*\}?/g) ?? [];
  const unknown = placeholders.find((each) => each !== CLIENT_ID && each !== USERNAME);
  if (unknown !== undefined) return `${unknown} stands for nothing; there are ${USERNAME} and ${CLIENT_ID}`;
  if (placeholders.length > 0 && username === undefined) {
    return `grants nothing: ${placeholders[0]} has no value for clients without a login`;
  }
  const holder = { username, clientId: username ?? '' };
  const [bound] = bindRights({ publish: [filter], subscribe: [] }, holder).publish;
  if (bound === undefined) return `grants nothing: the name ${JSON.stringify(username)} has + # or / in it`;
  if (bound.startsWith('$')) return 'grants nothing: topics that begin with $ are closed; `admin: true` opens $SYS';
  const levelCount = bound.split('/').length - (bound.endsWith('/#') ? 1 : 0);
  if (levelCount > maxTopicLevels)
    return `grants nothing: it has ${levelCount} levels, and topics ${maxTopicLevels} at most`;
  return undefined;
}

function whyDenied(filter: string, { denySubscribe = [] }: RightsRule): string | undefined {
  const denied = denySubscribe.find((each) => coversFilter(each, filter));
  return denied === undefined ? undefined : `grants nothing: denySubscribe withholds ${JSON.stringify(denied)}`;
}

const USERNAME = `\${username}`;
const CLIENT_ID = `\${clientId}`;
