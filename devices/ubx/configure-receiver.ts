import {
  type ConfigurationRequest,
  configurationRequests,
  FIRST_PROTOCOL_WITH_KEYS,
  type ReceiverConfiguration,
  VERSION_POLL,
} from './configuration-request.ts';
import type { MonVer } from './mon-ver.ts';
import type { UbxMessage } from './ubx-message.ts';

/**
 * How far the configuration of a receiver has got. It is asked what it is, and then for one setting after the other, each until it has answered.
 * Begin with {@link beginConfiguration}; after each {@link stepConfiguration} send what is to be sent.
 */
export interface ConfigurationState {
  readonly phase: 'identifying' | 'setting' | 'done' | 'unanswered';
  /** Still to be set; the first is under way. */
  readonly requests: readonly ConfigurationRequest[];
  /** What the receiver refused: it does not know it, or not on that port. */
  readonly refused: readonly ConfigurationRequest['what'][];
  /** How often what is under way has been sent. */
  readonly attempts: number;
  readonly deadlineMs: number;
}

/** What has happened: the receiver said something, or nothing for a while. */
export type ConfigurationEvent = { readonly type: 'message'; readonly message: UbxMessage } | { readonly type: 'time' };

/** A receiver answers within a second; a slow line is busy with other messages meanwhile. */
export const ANSWER_TIMEOUT_MS = 2000;
/** How often one request is sent before the receiver counts as one that does not answer: not u-blox, or deaf on this port. */
export const MAX_ATTEMPTS = 3;

type Step = readonly [state: ConfigurationState, send: Uint8Array | undefined];

/** Asks the receiver what it is. */
export function beginConfiguration(nowMs: number): Step {
  return sent({ phase: 'identifying', requests: [], refused: [], attempts: 0, deadlineMs: 0 }, VERSION_POLL, nowMs);
}

/** @param nowMs never falls; of the same clock as that of {@link beginConfiguration} */
export function stepConfiguration(
  state: ConfigurationState,
  configuration: ReceiverConfiguration,
  nowMs: number,
  event: ConfigurationEvent,
): Step {
  if (state.phase === 'done' || state.phase === 'unanswered') return [state, undefined];
  if (event.type === 'time') return nowMs < state.deadlineMs ? [state, undefined] : tryAgain(state, nowMs);
  const { message } = event;
  if (state.phase === 'identifying') {
    if (message.type !== 'MON-VER') return [state, undefined];
    const requests = configurationRequests(configuration, hasKeys(message) ? 'keys' : 'messages');
    return next({ ...state, phase: 'setting', requests }, nowMs);
  }
  const [request, ...rest] = state.requests;
  if (request === undefined || !isAnswer(message, request)) return [state, undefined];
  const refused = message.type === 'ACK-NAK' ? [...state.refused, request.what] : state.refused;
  return next({ ...state, requests: rest, refused }, nowMs);
}

function next(state: ConfigurationState, nowMs: number): Step {
  const [request] = state.requests;
  if (request === undefined) return [{ ...state, phase: 'done' }, undefined];
  return sent({ ...state, attempts: 0 }, request.frame, nowMs);
}

function tryAgain(state: ConfigurationState, nowMs: number): Step {
  if (state.attempts === MAX_ATTEMPTS) return [{ ...state, phase: 'unanswered' }, undefined];
  return sent(state, state.requests[0]?.frame ?? VERSION_POLL, nowMs);
}

function sent(state: ConfigurationState, frame: Uint8Array, nowMs: number): Step {
  return [{ ...state, attempts: state.attempts + 1, deadlineMs: nowMs + ANSWER_TIMEOUT_MS }, frame];
}

/** An answer names the message that it answers. */
function isAnswer(message: UbxMessage, { frame }: ConfigurationRequest): boolean {
  if (message.type !== 'ACK-ACK' && message.type !== 'ACK-NAK') return false;
  return message.messageClass === frame[2] && message.messageId === frame[3];
}

/** Generation 8 ends with protocol 23; receivers before generation 8 do not state their protocol at all. */
function hasKeys({ extensions }: MonVer): boolean {
  const protocol = extensions
    .map((extension) => /^PROTVER[= ](\d{1,4}(?:\.\d{1,4})?)/.exec(extension)?.[1])
    .find(Boolean);
  return protocol !== undefined && Number(protocol) >= FIRST_PROTOCOL_WITH_KEYS;
}
