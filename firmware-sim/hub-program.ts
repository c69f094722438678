import { repeat, systemClock } from './clock.ts';
import { openHubBroker } from './hub/hub-broker.ts';
import { openHubRecord } from './hub/hub-record.ts';
import { type Link, openLink } from './hub/link.ts';
import { aborted, type LineIo } from './line-io.ts';
import { type HubCommand, type HubEvent, STATUS_INTERVAL_MS } from './protocol.ts';
import { readNeededFile, UnavailableError } from './unavailable-error.ts';

/** The command line of `hub`. */
export interface HubOptions {
  readonly dir: string;
  /** Of the link's near end; 0 for any. */
  readonly port: number;
  /** Absent: everybody may log in. */
  readonly login?: { readonly username: string; readonly passwordFile: string };
}

/**
 * Runs the far end until the signal aborts: a broker that writes down what it gets, behind a link that can be cut.
 *
 * @throws UnavailableError when the port is taken or the password file cannot be read
 */
export async function runHub(options: HubOptions, io: LineIo<HubCommand, HubEvent>): Promise<void> {
  const clock = systemClock;
  const login = options.login && {
    username: options.login.username,
    password: readNeededFile(options.login.passwordFile, '--password-file').toString().trim(),
  };
  await using parts = new AsyncDisposableStack();
  const record = parts.use(openHubRecord(options.dir));
  const onPublish = (topic: string, payload: Buffer) => record.note(topic, payload, clock.nowMs());
  const broker = parts.use(await openHubBroker({ onPublish, ...(login === undefined ? {} : { login }) }));
  const link = parts.use(await openLinkOn(options.port, broker.port));

  const obey = async (command: HubCommand) => {
    if (command.do === 'cut') await link.cut(command.mode ?? 'stall');
    else if (command.do === 'restore') await link.restore();
    else io.say({ event: 'audit', ...record.audit() });
  };
  // Commands are obeyed one after the other.
  let obeyed: Promise<void> = Promise.resolve();
  io.onCommand((command) => {
    obeyed = obeyed.then(() => obey(command)).catch((error: unknown) => io.say(linkProblem(link.port, error)));
  });
  io.say({ event: 'ready', port: link.port });
  const sayStatus = () => io.say({ event: 'status', link: link.state, ...record.status(clock.nowMs()) });
  parts.defer(repeat(clock, STATUS_INTERVAL_MS, sayStatus));
  await aborted(io.signal);
  await obeyed;
}

async function openLinkOn(port: number, hubPort: number): Promise<Link> {
  try {
    return await openLink(port, hubPort);
  } catch (error) {
    const { message, remedy } = linkProblem(port, error);
    throw new UnavailableError(message, remedy, { cause: error });
  }
}

function linkProblem(port: number, error: unknown) {
  const found = error instanceof Error ? error.message : String(error);
  const remedy = `Stop what listens on port ${port}, or give another one with --port.`;
  return { event: 'error', message: `cannot open the link on 127.0.0.1:${port}: ${found}`, remedy } as const;
}
