import type { Done, Message, Place } from '#gateway/model/message.ts';

/** Does what a command asks for. @returns what happens now, for people; undefined where that is nothing. A promise: when it is done */
export type CommandHandler = (payload: Uint8Array) => CommandAnswer | Promise<CommandAnswer>;

type CommandAnswer = string | undefined;

/** The admission tap of the broker. */
type Admit = (message: Message, done: Done) => Place | undefined;

/** What is told to a link names it with its kind, which no device can be mistaken for: `commands/links/<id>/<name>`. */
const TOPIC = /^commands\/((?:links\/)?[^/]+)\/([^/]+)$/;

/**
 * Brings devices and links what is published to them on `commands/<deviceId>/<name>`, by whoever may: a rule, a client, the hub.
 * They hear it once it is accepted, so what a device did stands in the journal before; and it is acknowledged once they have done it.
 */
export class CommandFeed {
  readonly #handlers = new Map<string, CommandHandler>();

  /** A device understands a command. */
  listen(deviceId: string, name: string, handler: CommandHandler): void {
    this.#handlers.set(`${deviceId}/${name}`, handler);
  }

  /** @returns what the device says; undefined where it does not do what it is told */
  give(deviceId: string, name: string, payload: Uint8Array): ReturnType<CommandHandler> {
    return this.#handlers.get(`${deviceId}/${name}`)?.(payload);
  }

  /** A tap that hands everything on to `next`, and gives devices what it admits. */
  watch(next: Admit): Admit {
    return (message, done) => {
      const [, deviceId, name] = message.topic.startsWith('commands/') ? (TOPIC.exec(message.topic) ?? []) : [];
      if (deviceId === undefined || name === undefined) return next(message, done);
      return next(message, (error) => {
        const answer = error === undefined ? this.give(deviceId, name, message.payload) : undefined;
        if (answer instanceof Promise) void answer.finally(() => done(error));
        else done(error);
      });
    };
  }
}
