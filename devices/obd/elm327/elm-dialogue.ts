import { decodeObdMessage } from '#devices/obd/decode-obd-message.ts';
import type { ObdMessage } from '#devices/obd/obd-message.ts';
import { type ElmLineForm, readElmMessages } from './elm-messages.ts';
import type { ElmFault, ElmReply } from './elm-reply.ts';

/** What a script wants next: say something and hear the answer, let time pass, or let what still comes run out. */
export type ElmStep =
  | { readonly kind: 'ask'; readonly command: string; readonly timeoutMs: number }
  | { readonly kind: 'wait'; readonly untilMs: number }
  | { readonly kind: 'drain'; readonly untilMs: number };

/** A conversation written down as it goes; each step is answered with what came of it. */
export type ElmScript<T> = Generator<ElmStep, T, ElmReply>;

/** A decoded message and who sent it. */
export interface EcuAnswer {
  readonly ecu: string;
  readonly message: ObdMessage;
}

/** What came of one question to the vehicle. */
export interface ObdAnswer {
  readonly reply: ElmReply;
  readonly answers: readonly EcuAnswer[];
  /** Nothing of what a control unit said is missing. One line is not all of it on buses older than CAN, and where headers are missing. */
  readonly isWhole: boolean;
}

/** Answer to a command that asks the vehicle nothing. */
export const COMMAND_TIMEOUT_MS = 2000;
/** Answer of the vehicle; the adapter gives up long before. */
export const REQUEST_TIMEOUT_MS = 5000;

/** They take nothing from an answer: clones forget prompts all the time. */
const HARMLESS_FAULTS: ReadonlySet<ElmFault> = new Set(['no-prompt', 'activity-alert', 'low-power-alert']);
/** These are answered with the name of the adapter. */
const IDENTIFYING = ['ATZ', 'ATI', 'STI'];
const BANNER = /ELM ?327|^STN\d|OBDLINK|^ELM/;

/** What is common to all parts of a conversation: the time, how lines look, what was counted. */
export class ElmDialogue {
  /** Monotonic; set by whoever runs the script, before each step of it. */
  nowMs = 0;
  form: ElmLineForm = { hasHeaders: true };
  /** The adapter said nothing in time, or has begun anew on its own: it must be set up again. */
  isLost = false;
  readonly rejections: Record<string, number> = {};

  /** One command, and its answer. */
  *ask(command: string, timeoutMs = COMMAND_TIMEOUT_MS): ElmScript<ElmReply> {
    const reply = yield { kind: 'ask', command, timeoutMs };
    for (const fault of reply.faults) this.count(fault);
    const isAnew = isBanner(reply) && !IDENTIFYING.includes(command);
    if (isAnew || reply.faults.includes('timeout') || reply.faults.includes('low-voltage-reset')) this.isLost = true;
    return reply;
  }

  /** One question to the vehicle. Hex digits: service and parameters. */
  *request(digits: string, timeoutMs = REQUEST_TIMEOUT_MS): ElmScript<ObdAnswer> {
    const reply = yield* this.ask(digits, timeoutMs);
    const answers: EcuAnswer[] = [];
    const { hasHeaders, bus } = this.form;
    const isEachWhole = hasHeaders && (bus === 'can11' || bus === 'can29');
    let isWhole = isEachWhole || reply.faults.every((fault) => HARMLESS_FAULTS.has(fault));
    const refuse = (reason: string) => {
      this.count(reason);
      isWhole &&= isEachWhole;
    };
    for (const { ecu, payload } of readElmMessages(reply.hexLines, this.form, refuse)) {
      const message = decodeObdMessage(payload);
      if (message.isDecoded) answers.push({ ecu, message: message.value });
      else refuse(message.reason);
    }
    return { reply, answers, isWhole };
  }

  *waitUntil(untilMs: number): ElmScript<void> {
    yield { kind: 'wait', untilMs };
  }

  count(reason: string): void {
    this.rejections[reason] = (this.rejections[reason] ?? 0) + 1;
  }
}

/** Whether the adapter says its name, as it does after a reset. */
export function isBanner({ texts }: ElmReply): boolean {
  return texts.some((text) => BANNER.test(text));
}
