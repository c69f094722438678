import type { WaystationError } from '#gateway/model/errors.ts';
import type { Message, Publisher } from '#gateway/model/message.ts';
import type { DownlinkRefusal, DownlinkStatus } from '#gateway/model/sink-status.ts';
import { type Clock, wait } from '#gateway/runtime/clock.ts';
import type { Logger } from '#gateway/runtime/logger.ts';
import { PublishPace } from '#gateway/sinks/mqtt-hub/publish-pace.ts';
import type { Downlink, IncomingPublish } from '#gateway/sinks/mqtt-hub/session.ts';
import { type DownlinkRules, type Judgement, judgeCommand, MAX_ATTRIBUTE_BYTES } from './judge-command.ts';
import { TakenCommands } from './taken-commands.ts';

/** What a {@link CommandIntake} is made of. */
export interface CommandIntakeOptions extends DownlinkRules {
  readonly publisher: Publisher;
  readonly clock: Clock;
  readonly logger: Logger;
  /** See {@link Downlink}; ten seconds unless stated. */
  readonly holdMs?: number | undefined;
}

/** How long the hub keeps what comes while the gateway is away, as asked for: a week. */
export const SESSION_EXPIRY_S = 7 * 86_400;
/** What comes faster waits at the hub: it bounds what a circle through rules and the hub can cost. */
export const MAX_COMMANDS_PER_SECOND = 20;
/** Topic and attributes of a command. */
const ENVELOPE_BYTES = MAX_ATTRIBUTE_BYTES + 4096;
/** What goes up meanwhile goes on. */
const HOLD_MS = 10_000;
/** A topic is spoken of so often. */
const LOG_INTERVAL_MS = 60_000;
/** Topics that are remembered for it: a hub could use another each time. */
const MAX_LOGGED_TOPICS = 100;
/** As much of a topic as goes into the log. */
const MAX_LOGGED_CHARACTERS = 200;

/** Takes what the hub sends down to the gateway, and answers for it when it is safe. */
export class CommandIntake implements Downlink {
  readonly filters: readonly string[];
  readonly sessionExpirySeconds = SESSION_EXPIRY_S;
  readonly holdMs: number;
  readonly #options: CommandIntakeOptions;
  readonly #pace: PublishPace;
  readonly #taken = new TakenCommands();
  readonly #ignored = new Map<DownlinkRefusal, number>();
  readonly #loggedMs = new Map<string, number>();
  #takenCount = 0;
  #duplicateCount = 0;

  constructor(options: CommandIntakeOptions) {
    this.#options = options;
    this.filters = [`${options.root}#`];
    this.holdMs = options.holdMs ?? HOLD_MS;
    this.#pace = new PublishPace(MAX_COMMANDS_PER_SECOND, options.clock.monotonicMs());
  }

  get maxPacketBytes(): number {
    return this.#options.maxPayloadBytes + ENVELOPE_BYTES;
  }

  status(): DownlinkStatus {
    return {
      takenCount: this.#takenCount,
      duplicateCount: this.#duplicateCount,
      ignored: Object.fromEntries(this.#ignored),
    };
  }

  /** @throws WaystationError when it cannot be kept, after a while */
  async receive(publish: IncomingPublish, arrivedMs: number): Promise<void> {
    // What is ignored costs nothing, takes nobody's turn, and pushes nothing out of what is remembered.
    const judgement = this.#judge(publish, arrivedMs);
    if (judgement.kind === 'ignored') return this.#ignore(judgement.reason, publish.topic);
    const first = this.#taken.outcomeOf(publish);
    if (first !== undefined && (await first)) return this.#ignore('repeated', publish.topic);
    const taking = this.#take(publish, arrivedMs);
    this.#taken.note(publish, taking);
    await taking;
  }

  /** @returns whether it was; if not, nobody ever will */
  async #take(publish: IncomingPublish, arrivedMs: number): Promise<boolean> {
    await this.#waitForTurn();
    // It may have expired meanwhile.
    const judgement = this.#judge(publish, arrivedMs);
    if (judgement.kind === 'ignored') {
      this.#ignore(judgement.reason, publish.topic);
      return false;
    }
    const { message } = judgement;
    const error = await this.#publish(message);
    if (error === undefined) {
      this.#takenCount += 1;
      if (message.isDuplicate) this.#duplicateCount += 1;
      return true;
    }
    if (error.isRetryable) return this.#holdBack(message, error);
    // What never can be kept would stand in the way of all that comes behind it.
    this.#ignore('unfit', publish.topic, error);
    return false;
  }

  #judge(publish: IncomingPublish, arrivedMs: number): Judgement {
    return judgeCommand(this.#options, publish, this.#options.clock.monotonicMs() - arrivedMs);
  }

  async #holdBack(message: Message, error: WaystationError): Promise<never> {
    const { clock, logger } = this.#options;
    if (this.#mayLog(error.code)) {
      const topic = message.topic.slice(0, MAX_LOGGED_CHARACTERS);
      logger.warn({ topic, error }, 'A command of the hub cannot be kept now; it stays with the hub.');
    }
    await wait(clock, this.holdMs);
    throw error;
  }

  drop(topic: string): void {
    this.#ignore('tooFast', topic);
  }

  async #waitForTurn(): Promise<void> {
    const { clock } = this.#options;
    for (;;) {
      const pauseMs = this.#pace.take(clock.monotonicMs());
      if (pauseMs === 0) return;
      await wait(clock, Math.ceil(pauseMs));
    }
  }

  #publish(message: Message): Promise<WaystationError | undefined> {
    return new Promise((resolve) => this.#options.publisher.publish(message, resolve));
  }

  #ignore(reason: DownlinkRefusal, topic: string, error?: WaystationError): void {
    const count = (this.#ignored.get(reason) ?? 0) + 1;
    this.#ignored.set(reason, count);
    if (!this.#mayLog(reason === 'tooFast' ? reason : `${reason} ${topic}`)) return;
    const fields = { reason, count, topic: topic.slice(0, MAX_LOGGED_CHARACTERS), ...(error && { error }) };
    this.#options.logger.warn(fields, IGNORED[reason]);
  }

  #mayLog(what: string): boolean {
    const nowMs = this.#options.clock.monotonicMs();
    const loggedMs = this.#loggedMs.get(what);
    if (loggedMs !== undefined && nowMs - loggedMs < LOG_INTERVAL_MS) return false;
    for (const [known, atMs] of this.#loggedMs) {
      if (nowMs - atMs >= LOG_INTERVAL_MS) this.#loggedMs.delete(known);
      else break;
    }
    if (this.#loggedMs.size >= MAX_LOGGED_TOPICS) return false;
    this.#loggedMs.delete(what);
    this.#loggedMs.set(what, nowMs);
    return true;
  }
}

const IGNORED: Readonly<Record<DownlinkRefusal, string>> = {
  notAllowed: 'The hub sent something that `downlink.allow` does not name; it was ignored.',
  retained:
    'The hub sent a retained command; it was ignored, or it would come again at each connect. Send it without retain.',
  expired: 'A command of the hub came too late; it was ignored.',
  tooFast: `The hub sends commands of QoS 0 faster than ${MAX_COMMANDS_PER_SECOND} a second; what came too fast was dropped. Send those that matter with QoS 1.`,
  tooLarge: 'The hub sent a command that is larger than the broker takes; it was ignored.',
  repeated: 'The hub sent a command once more that has been taken already; it was not published again.',
  tooManyHops: 'A command goes round in circles between hubs; it was ignored.',
  unfit: 'The hub sent a command that the gateway cannot keep; it was ignored.',
};
