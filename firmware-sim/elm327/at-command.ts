import { isProtocolDigit, OBD_PROTOCOLS, type ObdProtocolDigit } from '#firmware-sim/obd/obd-protocol.ts';
import { type Elm327Settings, FACTORY_SETTINGS, TIMEOUT_STEP_MS } from './elm327-settings.ts';

/** What an adapter knows when it obeys. */
export interface Elm327Facts {
  readonly settings: Elm327Settings;
  /** Which was found or set and has been used; `0`: none yet. */
  readonly activeProtocol: ObdProtocolDigit;
  /** What `AT I` says: `ELM327 v1.5`. */
  readonly identity: string;
  readonly volts: number;
  readonly isIgnitionOn: boolean;
}

/** What comes of a command: words for the host, settings that change, and what the adapter has to do besides. */
export interface AtOutcome {
  readonly answer: string;
  readonly change?: Partial<Elm327Settings>;
  /**
   * `reset`: everything anew, with the banner. `sleep`: until a character comes. `closeProtocol`: the next request searches or initialises
   * again. `monitor`: listens until it is interrupted.
   */
  readonly effect?: 'reset' | 'warmStart' | 'sleep' | 'closeProtocol' | 'monitor';
}

/**
 * What an ELM327 makes of a command.
 *
 * @param text without `AT` and without spaces, upper case
 * @param version of the firmware, as 1.5: it knows no command that came later
 * @returns undefined for what it does not know: the answer is a question mark
 * @see ELM327 data sheet, «AT Command Summary»
 */
export function obeyAtCommand(text: string, facts: Elm327Facts, version: number): AtOutcome | undefined {
  for (const { pattern, since, obey } of COMMANDS) {
    const match = since <= version ? pattern.exec(text) : null;
    if (match !== null) return obey(match[1] ?? '', facts);
  }
  return undefined;
}

interface AtCommand {
  readonly pattern: RegExp;
  readonly since: number;
  readonly obey: (argument: string, facts: Elm327Facts) => AtOutcome | undefined;
}

const OK = 'OK';

function ok(change: Partial<Elm327Settings> = {}): AtOutcome {
  return { answer: OK, change };
}

function command(pattern: RegExp, obey: AtCommand['obey'], since = 1): AtCommand {
  return { pattern, since, obey };
}

/** A command with `0` and `1`. */
function toggle(name: string, change: (isOn: boolean) => Partial<Elm327Settings>, since = 1): AtCommand {
  return command(new RegExp(`^${name}([01])$`), (digit) => ok(change(digit === '1')), since);
}

const COMMANDS: readonly AtCommand[] = [
  command(/^Z$/, () => ({ answer: '', effect: 'reset' })),
  command(/^WS$/, () => ({ answer: '', effect: 'warmStart' })),
  command(/^D$/, () => ({ ...ok(FACTORY_SETTINGS), effect: 'closeProtocol' })),
  command(/^I$/, (_, { identity }) => ({ answer: identity })),
  command(/^@1$/, () => ({ answer: 'OBDII to RS232 Interpreter' })),
  toggle('E', (hasEcho) => ({ hasEcho })),
  toggle('L', (hasLinefeeds) => ({ hasLinefeeds })),
  toggle('S', (hasSpaces) => ({ hasSpaces }), 1.3),
  toggle('H', (hasHeaders) => ({ hasHeaders })),
  toggle('R', (hasResponses) => ({ hasResponses })),
  toggle('M', () => ({})),
  toggle('CAF', (isFormatted) => ({ isFormatted })),
  toggle('CFC', (hasFlowControl) => ({ hasFlowControl })),
  command(/^AL$/, () => ok({ isLongAllowed: true })),
  command(/^NL$/, () => ok({ isLongAllowed: false })),
  command(/^AT([0-2])$/, (digit) => ok({ adaptiveTiming: digit === '0' ? 0 : digit === '1' ? 1 : 2 }), 1.2),
  command(/^ST([0-9A-F]{2})$/, (steps) => ok({ timeoutMs: (hex(steps) || DEFAULT_STEPS) * TIMEOUT_STEP_MS })),
  command(/^[ST]P(A?[0-9A-C])$/, setProtocol),
  command(/^[ST]P([0-9A-C])A$/, (digit) => setProtocol(`A${digit}`)),
  command(/^DP$/, (_, { activeProtocol, settings }) => ({ answer: describeProtocol(settings, activeProtocol) })),
  command(/^DPN$/, (_, { activeProtocol, settings }) => ({
    answer: `${settings.isAutomatic ? 'A' : ''}${activeProtocol === '0' ? settings.protocol : activeProtocol}`,
  })),
  command(/^PC$/, () => ({ ...ok(), effect: 'closeProtocol' })),
  command(/^RV$/, (_, { volts }) => ({ answer: `${volts.toFixed(1)}V` })),
  command(/^IGN$/, (_, { isIgnitionOn }) => ({ answer: isIgnitionOn ? 'ON' : 'OFF' }), 1.4),
  command(/^LP$/, () => ({ ...ok(), effect: 'sleep' }), 1.4),
  command(/^MA$/, () => ({ answer: '', effect: 'monitor' })),
  command(/^SH([0-9A-F]{3})$/, (id) => ok({ requestId: hex(id) })),
  command(/^SH([0-9A-F]{6})$/, (id, { settings }) => ok({ requestId: settings.priorityBits * 2 ** 24 + hex(id) })),
  command(/^SH([0-9A-F]{8})$/, (id) => ok({ requestId: hex(id) % 2 ** 29 }), 1.4),
  command(/^CP([01][0-9A-F])$/, (bits) => ok({ priorityBits: hex(bits) })),
  command(/^CRA$/, () => ok({ filterId: undefined, filterMask: undefined }), 1.3),
  command(/^CRA((?:[0-9A-FX]{3}|[0-9A-FX]{8}))$/, setReceiveAddress, 1.3),
  command(/^CF((?:[0-9A-F]{3}|[0-9A-F]{8}))$/, (id) => ok({ filterId: hex(id) })),
  command(/^CM((?:[0-9A-F]{3}|[0-9A-F]{8}))$/, (mask) => ok({ filterMask: hex(mask) })),
];

/** A timeout of 0 is the factory's. */
const DEFAULT_STEPS = 0x32;

function hex(text: string): number {
  return Number.parseInt(text, 16);
}

/** `6`, or `A6`: begin with 6, then try the others. `A` alone is protocol A. */
function setProtocol(text: string): AtOutcome | undefined {
  const digit = text.at(-1) ?? '';
  if (!isProtocolDigit(digit)) return undefined;
  const isAutomatic = digit === '0' || text.length === 2;
  return { ...ok({ protocol: digit, isAutomatic }), effect: 'closeProtocol' };
}

function describeProtocol({ isAutomatic, protocol }: Elm327Settings, active: ObdProtocolDigit): string {
  const digit = active === '0' ? protocol : active;
  if (digit === '0') return OBD_PROTOCOLS['0'];
  return isAutomatic ? `AUTO, ${OBD_PROTOCOLS[digit]}` : OBD_PROTOCOLS[digit];
}

/** An X matches any digit. */
function setReceiveAddress(id: string): AtOutcome {
  const filterId = hex(id.replaceAll('X', '0'));
  const filterMask = hex(id.replaceAll(/[0-9A-F]/g, 'F').replaceAll('X', '0'));
  return ok({ filterId, filterMask });
}
