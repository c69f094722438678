import type { Done, Message, Place } from '#gateway/model/message.ts';

/** Does what a command asks for. @returns what happens now, for people; undefined where that is nothing */
export type CommandHandler = (payload: Uint8Array) => string | undefined;

/** The admission tap of the broker. */
type Admit = (message: Message, done: Done) => Place | undefined;

/** What is told to a link names it with its kind, which no device can be mistaken for: `commands/links/<id>/<name>`. */
const TOPIC = /^commands\/((?:links\/)?[^/]+)\/([^/]+)$/;

/**
 * Brings devices and links what is published to them on `commands/<deviceId>/<name>`, by whoever may: a rule, a client, the hub.
 * They hear it once it is accepted, so what a device did stands in the journal before.
 */
export class CommandFeed {
  readonly #handlers = new Map<string, CommandHandler>();

  /** A device understands a command. */
  listen(deviceId: string, name: string, handler: CommandHandler): void {
    this.#handlers.set(`${deviceId}/${name}`, handler);
  }

  /** @returns what the device says; undefined where it does not do what it is told */
  give(deviceId: string, name: string, payload: Uint8Array): string | undefined {
    return this.#handlers.get(`${deviceId}/${name}`)?.(payload);
  }

  /** A tap that hands everything on to `next`, and gives devices what it admits. */
  watch(next: Admit): Admit {
    return (message, done) => {
      const [, deviceId, name] = message.topic.startsWith('commands/') ? (TOPIC.exec(message.topic) ?? []) : [];
      if (deviceId === undefined || name === undefined) return next(message, done);
      return next(message, (error) => {
        if (error === undefined) this.give(deviceId, name, message.payload);
        done(error);
      });
    };
  }
}
