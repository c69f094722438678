import { State } from './condition.tsx';
import { live } from './gateway-feed.ts';
import { summarizePower } from './summarize-power.ts';

/** Whether the power may be cut, in one line that stays where it is: it changes with every event of a busy vehicle. */
export function PowerLine() {
  const power = live.value?.status.power;
  if (power === undefined) return null;
  const { condition, word, text } = summarizePower(power);
  return (
    <section class="power" aria-label="Power">
      <State condition={condition} word={word} />
      <p>{text}</p>
    </section>
  );
}
