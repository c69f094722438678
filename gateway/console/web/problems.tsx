import { State } from './condition.tsx';
import { live } from './gateway-feed.ts';

/** What is wrong now, and what to do about it; nothing as long as the gateway has not said. */
export function Problems() {
  const problems = live.value?.problems;
  if (problems === undefined) return null;
  return (
    <section class="problems" aria-labelledby="problems" aria-live="polite">
      <h2 id="problems">Problems</h2>
      {problems.length === 0 ? (
        <p class="calm">
          <State condition="good" word="None. Everything is where it belongs." />
        </p>
      ) : (
        <ul>
          {problems.map(({ part, what, remedy }) => (
            <li key={`${part}: ${what}`}>
              <State condition="bad" word={part} />
              <p>{what}</p>
              {remedy !== '' && <p class="remedy">{remedy}</p>}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
