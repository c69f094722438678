import type { EcuFrame, ObdNetwork } from '#firmware-sim/obd/obd-network.ts';
import { busSpeedOf, isCanProtocol, type ObdProtocolDigit } from '#firmware-sim/obd/obd-protocol.ts';
import { uartMs } from '#firmware-sim/serial/uart.ts';
import type { Elm327Firmware } from './elm327-firmware.ts';
import type { Elm327Settings } from './elm327-settings.ts';
import type { RequestFailure } from './elm327-spec.ts';
import { formatFrame } from './format-answer.ts';

/** What an adapter knows when a request comes. */
export interface RequestSituation {
  readonly settings: Elm327Settings;
  readonly firmware: Elm327Firmware;
  readonly baud: number;
  readonly network: ObdNetwork;
  /** `0`: none yet. */
  readonly activeProtocol: ObdProtocolDigit;
  /** Of the request before: an adaptive adapter waits no longer than it has to. */
  readonly slowestAnswerMs: number;
  readonly failure: RequestFailure | undefined;
  readonly nowMs: number;
}

/** What will be said of a request, and when. */
export interface RequestPlan {
  readonly pieces: readonly Piece[];
  /** When the prompt comes. */
  readonly endMs: number;
  /** Of the next request. */
  readonly activeProtocol: ObdProtocolDigit;
  readonly slowestAnswerMs: number;
}

/** Something that an adapter says of its own accord. */
export interface Piece {
  /** Since the request: when it has left the adapter. */
  readonly afterMs: number;
  readonly text: string;
  /** More follows on the same line. */
  readonly isOpen?: boolean;
}

/** A request as it was typed. */
export interface TypedRequest {
  readonly bytes: Uint8Array;
  /** After so many answers nobody waits for more. */
  readonly answerCount: number | undefined;
}

/**
 * Reads hex digits; an odd last one is the number of answers.
 *
 * @returns undefined for what the adapter does not understand
 */
export function parseRequest(
  text: string,
  { isFormatted, isLongAllowed }: Elm327Settings,
  { knowsAnswerCount }: Elm327Firmware,
): TypedRequest | undefined {
  if (!/^[0-9A-F]{2,}$/.test(text)) return undefined;
  const hasCount = text.length % 2 === 1;
  if (hasCount && !knowsAnswerCount) return undefined;
  const bytes = Buffer.from(hasCount ? text.slice(0, -1) : text, 'hex');
  if (bytes.length > (isFormatted && !isLongAllowed ? MAX_FORMATTED_BYTES : MAX_FRAME_BYTES)) return undefined;
  return { bytes, answerCount: hasCount ? Number.parseInt(text.slice(-1), 16) || undefined : undefined };
}

const MAX_FORMATTED_BYTES = 7;
const MAX_FRAME_BYTES = 8;

/** Asks the vehicle, and works out what the host will see of it. */
export function planRequest(request: TypedRequest, situation: RequestSituation): RequestPlan {
  const { network, nowMs, settings, slowestAnswerMs } = situation;
  const connection = connect(situation);
  const { activeProtocol, afterMs, pieces } = connection;
  if (connection.isFailed) return { pieces, endMs: afterMs, activeProtocol, slowestAnswerMs };
  if (!settings.hasResponses) return { pieces, endMs: afterMs + SEND_MS, activeProtocol, slowestAnswerMs };
  const isReached = activeProtocol === network.protocol;
  const failure = situation.failure ?? busTrouble(situation, activeProtocol);
  const frames = isReached ? ask(request, situation, nowMs + afterMs) : [];
  const heard = listen(frames, request.answerCount, timeoutOf(situation));
  const said = sayAnswers(heard.frames, failure, afterMs, situation);
  return {
    pieces: [...pieces, ...said.pieces],
    endMs: Math.max(said.endMs, heard.endMs + afterMs),
    activeProtocol: failure === 'UNABLE TO CONNECT' ? '0' : activeProtocol,
    slowestAnswerMs: heard.frames.at(-1)?.afterMs ?? slowestAnswerMs,
  };
}

interface Connection {
  readonly pieces: readonly Piece[];
  readonly afterMs: number;
  readonly activeProtocol: ObdProtocolDigit;
  readonly isFailed?: boolean;
}

/** Searches for the protocol, or initialises the bus, where that has not been done. */
function connect({ activeProtocol, network, nowMs, settings }: RequestSituation): Connection {
  const { isAutomatic, protocol } = settings;
  if (activeProtocol !== '0') return { pieces: [], afterMs: 0, activeProtocol };
  const isAwake = network.ignition.at(nowMs).isIgnitionOn;
  if (isAutomatic) {
    const searching = { afterMs: 0, text: 'SEARCHING...', isOpen: true };
    const foundMs = protocol === network.protocol ? FOUND_AT_ONCE_MS : FOUND_MS;
    const found = { afterMs: foundMs, text: '' };
    if (isAwake) return { pieces: [searching, found], afterMs: foundMs, activeProtocol: network.protocol };
    const failed = { afterMs: SEARCHED_MS, text: 'UNABLE TO CONNECT' };
    const end = { afterMs: SEARCHED_MS, text: '' };
    return { pieces: [searching, end, failed], afterMs: SEARCHED_MS, activeProtocol: '0', isFailed: true };
  }
  if (isCanProtocol(protocol) || protocol < '3') return { pieces: [], afterMs: 0, activeProtocol: protocol };
  const isAnswered = isAwake && protocol === network.protocol;
  const pieces = [
    { afterMs: 0, text: 'BUS INIT: ', isOpen: true },
    { afterMs: BUS_INIT_MS, text: isAnswered ? 'OK' : 'ERROR' },
  ];
  if (isAnswered) return { pieces, afterMs: BUS_INIT_MS, activeProtocol: protocol };
  return { pieces, afterMs: BUS_INIT_MS, activeProtocol: '0', isFailed: true };
}

/** Nobody acknowledges frames at another speed, nor on a bus that is asleep. */
function busTrouble({ network, nowMs }: RequestSituation, protocol: ObdProtocolDigit): RequestFailure | undefined {
  if (!isCanProtocol(protocol)) return undefined;
  const isSpeedRight = busSpeedOf(protocol) === busSpeedOf(network.protocol);
  return isSpeedRight && network.isBusAwake(nowMs) ? undefined : 'CAN ERROR';
}

function ask({ bytes }: TypedRequest, { network, settings }: RequestSituation, nowMs: number): readonly EcuFrame[] {
  const { hasFlowControl, isFormatted, requestId } = settings;
  const isRaw = !isFormatted && isCanProtocol(network.protocol);
  // Unformatted, the host writes the control byte itself; only single frames are understood.
  const payload = isRaw ? bytes.subarray(1, 1 + (bytes[0] ?? 0)) : bytes;
  const frames = network.request({ payload, requestId, hasFlowControl }, nowMs);
  return frames.filter(({ header }) => passes(header, settings));
}

function passes(header: Uint8Array, { filterId, filterMask = 0x1fffffff }: Elm327Settings): boolean {
  if (filterId === undefined) return true;
  const id = header.reduce((value, byte) => value * 256 + byte, 0);
  return (id & filterMask) === (filterId & filterMask);
}

/** How long it waits for another frame. */
function timeoutOf({ settings, slowestAnswerMs }: RequestSituation): number {
  const { adaptiveTiming, timeoutMs } = settings;
  if (adaptiveTiming === 0 || slowestAnswerMs === 0) return timeoutMs;
  const [factor, leastMs] = adaptiveTiming === 1 ? [3, 60] : [2, 40];
  return Math.min(timeoutMs, Math.max(leastMs, factor * slowestAnswerMs));
}

function listen(frames: readonly EcuFrame[], answerCount: number | undefined, timeoutMs: number) {
  const heard: EcuFrame[] = [];
  let lastMs = 0;
  for (const frame of frames) {
    if (frame.afterMs - lastMs > timeoutMs) break;
    lastMs = frame.afterMs;
    heard.push(frame);
    if (heard.length === answerCount) return { frames: heard, endMs: lastMs };
  }
  return { frames: heard, endMs: lastMs + timeoutMs };
}

/** Line by line, as fast as the UART lets them out; who says more than the buffer holds says no more. */
function sayAnswers(
  frames: readonly EcuFrame[],
  failure: RequestFailure | undefined,
  sinceMs: number,
  { baud, firmware, settings }: RequestSituation,
): { readonly pieces: readonly Piece[]; readonly endMs: number } {
  const failed = { afterMs: sinceMs + FAILED_MS, text: failure ?? 'NO DATA' };
  const isDamage = failure?.startsWith('<') ?? false;
  const isCut = failure === 'STOPPED' || failure === 'BUFFER FULL';
  if (failure !== undefined && !isDamage && !isCut) return { pieces: [failed], endMs: failed.afterMs };
  if (frames.length === 0) {
    return { pieces: [{ ...failed, afterMs: sinceMs + settings.timeoutMs, text: 'NO DATA' }], endMs: 0 };
  }
  const pieces: Piece[] = [];
  let idleMs = sinceMs;
  for (const frame of isCut ? frames.slice(0, 1) : frames) {
    for (const text of formatFrame(frame, { ...settings, showsPadding: firmware.showsPadding })) {
      const readyMs = sinceMs + frame.afterMs;
      const line = isDamage ? `${text}${failure}` : text;
      idleMs = Math.max(idleMs, readyMs) + uartMs(line.length + LINE_END_BYTES, baud);
      const isFull = idleMs - readyMs > uartMs(BUFFER_BYTES, baud);
      pieces.push({ afterMs: idleMs, text: isFull ? 'BUFFER FULL' : line });
      if (isFull) return { pieces, endMs: idleMs };
    }
  }
  if (isCut && failure !== undefined) pieces.push({ afterMs: idleMs, text: failure });
  return { pieces, endMs: idleMs };
}

const SEND_MS = 2;
/** Until a protocol is found, the one that was asked for first; until all have been tried; until a bus is awake. */
const FOUND_MS = 900;
const FOUND_AT_ONCE_MS = 150;
const SEARCHED_MS = 3_500;
const BUS_INIT_MS = 400;
const FAILED_MS = 20;
/** What waits for the UART. */
const BUFFER_BYTES = 256;
const LINE_END_BYTES = 1;
