import type { StreamId } from '#gateway/model/message.ts';
import { matchesTopic } from '#gateway/model/topic-filter.ts';

/** Which topics a stream takes. */
export interface StreamRule {
  readonly id: StreamId;
  /** MQTT topic filters. */
  readonly topics: readonly string[];
}

/** Topics remembered with their stream. A publisher that invents topics costs matching time, never more memory than this. */
export const MAX_ROUTED_TOPICS = 4096;

/** Topic → stream: the first configured stream with a matching filter, remembered per topic. */
export class StreamRouter {
  readonly #rules: readonly StreamRule[];
  readonly #routes = new Map<string, StreamId | undefined>();

  constructor(rules: readonly StreamRule[]) {
    this.#rules = rules;
  }

  /** @returns undefined when the topic is in no stream: it passes through the gateway unrecorded */
  streamOf(topic: string): StreamId | undefined {
    const known = this.#routes.get(topic);
    if (known !== undefined || this.#routes.has(topic)) return known;
    const stream = this.#rules.find(({ topics }) => topics.some((filter) => matchesTopic(filter, topic)))?.id;
    // Forgetting everything is rare, costs one match per live topic, and needs no bookkeeping on the hot path.
    if (this.#routes.size >= MAX_ROUTED_TOPICS) this.#routes.clear();
    this.#routes.set(topic, stream);
    return stream;
  }

  /** How many topics are remembered. */
  get routedCount(): number {
    return this.#routes.size;
  }
}
