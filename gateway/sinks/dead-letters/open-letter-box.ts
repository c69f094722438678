import type { Publisher } from '#gateway/model/message.ts';
import { DeadLetterAlarm } from './dead-letter-alarm.ts';
import type { DeadLetterStore } from './dead-letter-store.ts';
import { type DeadLettersOptions, openDeadLetters } from './open-dead-letters.ts';

/** What {@link openLetterBox} needs. */
export interface LetterBoxOptions extends Omit<DeadLettersOptions, 'onBuried'> {
  /** Where the alarm goes. */
  readonly publisher: Publisher;
}

/** The dead letters of a gateway, with their alarm. `opened` closes both. @throws WaystationError as `openJournal` */
export async function openLetterBox(options: LetterBoxOptions, opened: AsyncDisposableStack): Promise<DeadLetterStore> {
  const store: DeadLetterStore = opened.use(
    await openDeadLetters({ ...options, onBuried: (event) => alarm.note(event) }),
  );
  const alarm = opened.use(new DeadLetterAlarm({ ...options, countsOf: (sink) => store.index.countsOf(sink) }));
  return store;
}
