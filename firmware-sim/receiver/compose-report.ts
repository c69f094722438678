import { encodeGnssSentence } from '#devices/nmea0183/gnss-sentence.ts';
import { encodeUbxMessage } from '#devices/ubx/ubx-message.ts';
import { composeMessages } from './compose-messages.ts';
import { composeSentences } from './compose-sentences.ts';
import type { ReceiverEpoch } from './receiver-model.ts';
import type { ReceiverSettings } from './receiver-settings.ts';
import type { ReceiverSpec } from './receiver-spec.ts';
import { composeRtcmFrame, composeStationMessage } from './rtcm-frame.ts';

/**
 * What a receiver sends of an epoch: sentences with their line endings, then frames, each a piece that goes out whole. The view of the
 * sky is sent once a second, however many epochs there are.
 */
export function composeReport(
  epoch: ReceiverEpoch,
  { systems, deadReckoning }: Pick<ReceiverSpec, 'systems' | 'deadReckoning'>,
  { hasCorrections, intervalMs, messages, sentences }: ReceiverSettings,
): readonly Uint8Array[] {
  const { timeOfDayMs } = epoch.time;
  const isFirstOfSecond = timeOfDayMs % 1000 < intervalMs;
  const isDue = (name: string) => isFirstOfSecond || !ONCE_A_SECOND.includes(name);
  const lines = composeSentences(epoch, { systems, sentences: sentences.filter(isDue) }).map(encodeGnssSentence);
  const frames = composeMessages(epoch, { messages: messages.filter(isDue), deadReckoning }).map(encodeUbxMessage);
  const isCorrected =
    hasCorrections && isFirstOfSecond && Math.floor(timeOfDayMs / 1000) % CORRECTIONS_INTERVAL_S === 0;
  const corrections = isCorrected ? [composeRtcmFrame(composeStationMessage())] : [];
  return [...lines.map((line) => Buffer.from(`${line}\r\n`, 'latin1')), ...corrections, ...frames];
}

const ONCE_A_SECOND: readonly string[] = ['GSV', 'NAV-SAT', 'NAV-TIMELS', 'MON-HW', 'MON-RF', 'ESF-STATUS'];
const CORRECTIONS_INTERVAL_S = 5;
