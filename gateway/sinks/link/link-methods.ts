import { WaystationError } from '#gateway/model/errors.ts';
import type { LinkMode, LinkStatus } from '#gateway/model/link-status.ts';
import type { Logger } from '#gateway/runtime/logger.ts';
import { isLinkMode } from './link-record.ts';
import type { Links } from './open-links.ts';

/** How long a mode may be given for: a year. */
export const MAX_MODE_MS = 366 * 86_400_000;

/** What `waystation links mode` asks a running gateway, as methods of its control socket; see `docs/control-socket.md`. */
export function linkMethods(links: Links) {
  return {
    'links.setMode': async (params: unknown): Promise<LinkStatus> => {
      const { link, mode, forMs } = fieldsOf(params);
      if (typeof link !== 'string') throw badParams('the id of a link as link', link);
      if (mode !== 'auto' && !isLinkMode(mode)) throw badParams('normal, metered, off or auto as mode', mode);
      if (forMs !== undefined && !isDuration(forMs)) throw badParams('milliseconds as forMs, at most a year', forMs);
      const found = links.get(link);
      await found.setMode(mode, 'cli', forMs);
      return found.status();
    },
  };
}

/** Gives links the commands that are published to them, which are done once they are written down; what cannot be read is told and changes nothing. */
export function listenForModes(links: Links, commands: ModeCommands, logger: Logger): void {
  for (const link of links.all) {
    commands.listen(`links/${link.id}`, 'mode', async (payload) => {
      const command = parseModeCommand(payload);
      if (command === undefined) {
        logger.warn(
          { link: link.id },
          'A command to the link is none: expected a mode, or {"mode":"metered","forSeconds":3600}.',
        );
        return undefined;
      }
      await link.setMode(command.mode, 'command', command.forMs);
      return link.status().mode;
    });
  }
}

/** Where commands come from. */
export interface ModeCommands {
  listen(id: string, name: string, handler: (payload: Uint8Array) => Promise<string | undefined>): void;
}

/** What a command on `commands/links/<id>/mode` says. */
export interface ModeCommand {
  readonly mode: LinkMode | 'auto';
  readonly forMs: number | undefined;
}

/** The longest that means something. */
const MAX_COMMAND_BYTES = 1024;
const SECOND_MS = 1000;

/**
 * Reads the payload of a command: a mode as plain text, or `{"mode":"metered","forSeconds":7200}`.
 *
 * @returns undefined for anything else
 */
export function parseModeCommand(payload: Uint8Array): ModeCommand | undefined {
  if (payload.length > MAX_COMMAND_BYTES) return undefined;
  const text = Buffer.from(payload).toString('utf8').trim();
  if (text === 'auto' || isLinkMode(text)) return { mode: text, forMs: undefined };
  try {
    const { mode, forSeconds } = fieldsOf(JSON.parse(text));
    if (mode !== 'auto' && !isLinkMode(mode)) return undefined;
    if (forSeconds === undefined) return { mode, forMs: undefined };
    const forMs = typeof forSeconds === 'number' ? forSeconds * SECOND_MS : undefined;
    return isDuration(forMs) ? { mode, forMs } : undefined;
  } catch {
    return undefined;
  }
}

function isDuration(ms: unknown): ms is number {
  return typeof ms === 'number' && ms > 0 && ms <= MAX_MODE_MS;
}

function fieldsOf(params: unknown): Readonly<Record<string, unknown>> {
  return typeof params === 'object' && params !== null ? { ...params } : {};
}

function badParams(expected: string, found: unknown): WaystationError {
  return new WaystationError('gateway.badRequest', `Expected ${expected}, found ${JSON.stringify(found)}.`);
}
