/** What an adapter reports instead of data, or beside it. */
export type ElmFault =
  /** Nobody answered. */
  | 'no-data'
  | 'unable-to-connect'
  | 'bus-init-error'
  | 'can-error'
  | 'bus-error'
  | 'bus-busy'
  /** The adapter does not hear itself. */
  | 'feedback-error'
  /** A line with a wrong checksum or format; it is not used. */
  | 'data-error'
  /** A CAN frame that was not received well; it is not used. */
  | 'rx-error'
  | 'buffer-full'
  /** Its work was interrupted by a character from here. */
  | 'stopped'
  /** It will go to sleep if nothing is asked. */
  | 'activity-alert'
  | 'low-power-alert'
  /** Its supply was too low: it has begun anew. */
  | 'low-voltage-reset'
  /** `ERR` and a number: a fault of its own. */
  | 'internal-error'
  /** It does not know the command. */
  | 'unknown-command'
  /** It answered, and did not say that it is ready again. */
  | 'no-prompt'
  /** It said nothing in time. */
  | 'timeout';

/** One answer, taken apart. */
export interface ElmReply {
  /** Lines of hex digits, without spaces; of multi-line answers without headers with their `0:`. */
  readonly hexLines: readonly string[];
  /** All other lines that are no fault: `OK`, `ELM327 V1.5`, `12.4V`. */
  readonly texts: readonly string[];
  readonly faults: readonly ElmFault[];
  /** The adapter repeats what it is told. */
  readonly isEchoed: boolean;
}

/** Of an adapter that says nothing. */
export const TIMEOUT_REPLY: ElmReply = { hexLines: [], texts: [], faults: ['timeout'], isEchoed: false };

/** What stands in a line of its own, without spaces: clones differ in those. */
const FAULTS: readonly (readonly [pattern: RegExp, fault: ElmFault])[] = [
  [/NODATA$/, 'no-data'],
  [/UNABLETOCONNECT$/, 'unable-to-connect'],
  [/BUSINIT:?\.*ERROR$/, 'bus-init-error'],
  [/CANERROR$/, 'can-error'],
  [/BUSERROR$/, 'bus-error'],
  [/BUSBUSY$/, 'bus-busy'],
  [/FBERROR$/, 'feedback-error'],
  [/<?DATAERROR$/, 'data-error'],
  [/<RXERROR$/, 'rx-error'],
  [/BUFFERFULL$/, 'buffer-full'],
  [/STOPPED$/, 'stopped'],
  [/!?ACTALERT$/, 'activity-alert'],
  [/!?LPALERT$/, 'low-power-alert'],
  [/LVRESET$/, 'low-voltage-reset'],
  [/ERR\d{1,2}$/, 'internal-error'],
  [/^\?$/, 'unknown-command'],
];

/** What comes before an answer while the adapter looks for the bus. */
const PREAMBLE = /^(SEARCHING:?\.*|BUSINIT:?\.*(OK)?)/;
const HEX_LINE = /^([0-9A-F]:)?[0-9A-F]+$/;

/**
 * Takes the lines of one answer apart. Whatever is not understood is a text.
 *
 * @param lines from {@link ElmReplyFramer}
 * @param command what was asked, which some adapters repeat
 * @see ELM327 data sheet, "Error Messages and Alerts"
 */
export function parseElmReply(lines: readonly string[], command: string): ElmReply {
  const hexLines: string[] = [];
  const texts: string[] = [];
  const faults: ElmFault[] = [];
  const echo = command.replaceAll(' ', '');
  let isEchoed = false;
  for (const line of lines) {
    const tight = line.replaceAll(' ', '');
    if (!isEchoed && tight === echo && echo !== '') {
      isEchoed = true;
      continue;
    }
    const rest = tight.replace(PREAMBLE, '');
    const fault = FAULTS.find(([pattern]) => pattern.test(tight))?.[1];
    if (fault !== undefined) faults.push(fault);
    else if (HEX_LINE.test(rest)) hexLines.push(rest);
    else if (rest !== '') texts.push(line);
  }
  return { hexLines, texts, faults, isEchoed };
}
