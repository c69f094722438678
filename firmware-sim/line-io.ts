import { createInterface } from 'node:readline';
import type { ParsedCommand } from './commands.ts';
import type { ErrorEvent } from './protocol.ts';

/** How a program of this folder talks to whoever started it. */
export interface LineIo<Command, Event> {
  say(event: Event | ErrorEvent): void;
  /** Called for each command; at most one handler. */
  onCommand(handler: (command: Command) => void): void;
  /** Aborts when the program shall end: SIGTERM, SIGINT, or the end of standard input. */
  readonly signal: AbortSignal;
}

/** Standard input and output, one JSON object per line. */
export function openLineIo<Command, Event>(
  parse: (line: string) => ParsedCommand<Command>,
): LineIo<Command, Event> & Disposable {
  const ending = new AbortController();
  const end = () => ending.abort();
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
  // Whoever started this program may end first; then there is nobody left to tell.
  process.stdout.on('error', end);
  let handle: (command: Command) => void = () => {};
  const say = (event: Event | ErrorEvent) => process.stdout.write(`${JSON.stringify(event)}\n`);
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    const parsed = parse(line);
    if ('command' in parsed) handle(parsed.command);
    else
      say({
        event: 'error',
        message: `cannot obey ${line}: ${parsed.problem}`,
        remedy: 'See firmware-sim/protocol.ts.',
      });
  });
  lines.on('close', end);
  return {
    say,
    onCommand: (handler) => {
      handle = handler;
    },
    signal: ending.signal,
    [Symbol.dispose]: () => {
      lines.removeAllListeners();
      lines.close();
      process.stdin.destroy();
    },
  };
}

/** Resolves when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
