import { WaystationError } from '#gateway/model/errors.ts';
import { oneLine } from '#gateway/model/one-line.ts';
import { ACCEPTED, type Outcome } from '#gateway/sinks/delivery/target.ts';
import type { Answer, HttpAnswer } from '#gateway/sinks/http/read-answer.ts';
import { parseRetryAfter } from '#gateway/sinks/http/retry-after.ts';

const MAX_WORD_CHARS = 300;
const HTML_TYPE = /^\s*(?:text\/html|application\/xhtml\+xml)/i;
/** Login pages do not always say what they are. */
const HTML_TEXT = /^\s*<(?:!doctype\s+html|html)\b/i;

/**
 * What the answer to a delivery means. A page for people is the word of a network with a login page, whatever its status says; what
 * is about the batch is tried again by halves; what is about the receiver or the sink waits for a person; all else may pass.
 *
 * @param url in messages
 * @see RFC 9110, section 15
 */
export function webhookOutcome(url: string, answer: Answer): Outcome {
  if (answer.status === undefined) return unavailable(`Sending to ${url}: ${oneLine(answer.error.message)}.`, answer);
  const { status, text, contentType = '' } = answer;
  const isSuccess = status >= 200 && status < 300;
  if (isSuccess && !HTML_TYPE.test(contentType) && !HTML_TEXT.test(text)) return ACCEPTED;
  const words = oneLine(text).slice(0, MAX_WORD_CHARS);
  const said = `${url} answered ${status}${words === '' || isSuccess ? '' : `: ${words}`}`;
  switch (status) {
    case 400:
    case 413:
    case 422:
      return { kind: 'rejected', error: new WaystationError('webhook.rejectedEvent', said) };
    case 407:
      return intercepted(said, answer);
    case 408:
    case 425:
    case 429:
      return unavailable(said, answer);
    default:
      if (status >= 500) return unavailable(said, answer);
      if (status < 400) return intercepted(said, answer);
      return { kind: 'pause', error: new WaystationError('webhook.refused', said) };
  }
}

function unavailable(message: string, answer: Answer): Outcome {
  const cause = answer.status === undefined ? { cause: answer.error } : {};
  const error = new WaystationError('webhook.unavailable', message, cause);
  const afterMs = answer.status === undefined ? undefined : parseRetryAfter(answer.retryAfter, answer.date);
  return { kind: 'retry', error, ...(afterMs === undefined ? {} : { afterMs }) };
}

function intercepted(said: string, { contentType, location }: HttpAnswer): Outcome {
  const what = location ?? contentType ?? 'no content type';
  const text = `${said} (${oneLine(what).slice(0, MAX_WORD_CHARS)}), which is no answer of a receiver.`;
  return { kind: 'retry', error: new WaystationError('webhook.intercepted', text) };
}
