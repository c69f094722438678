import { ERROR_REGISTER } from '#gateway/model/errors.ts';
import type { GatewayStatus } from '#gateway/model/status.ts';
import { State } from './condition.tsx';
import { live } from './gateway-feed.ts';

/** What is wrong now, and what to do about it. */
export function Problems() {
  const problems = live.value === undefined ? [] : problemsOf(live.value.status);
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
            <li key={part}>
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

interface Problem {
  readonly part: string;
  readonly what: string;
  readonly remedy: string;
}

function problemsOf({ journal, sources, sinks, rules }: GatewayStatus): readonly Problem[] {
  const ofJournal = journal.state === 'ok' ? [] : [problem('journal', journal.lastError ?? `journal.${journal.state}`)];
  const ofSources = sources
    .filter(({ state }) => state !== 'open')
    .map(({ id, state, lastError }) => problem(id, lastError ?? state));
  const ofSinks = sinks
    .filter(({ state }) => state !== 'online')
    .flatMap(({ id, lastError }) => (lastError === undefined ? [] : [problem(id, lastError)]));
  const ofRules = rules?.lastError === undefined ? [] : [problem('rules', rules.lastError)];
  return [...ofJournal, ...ofSources, ...ofSinks, ...ofRules];
}

/** A summary is `code: what happened. What to do.`; the register knows where the second half begins. */
function problem(part: string, summary: string): Problem {
  const code = /^[a-zA-Z]+\.[a-zA-Z0-9]+/.exec(summary)?.[0] ?? '';
  const remedy = isKnown(code) ? ERROR_REGISTER[code].remedy : '';
  const what = remedy !== '' && summary.endsWith(remedy) ? summary.slice(0, -remedy.length).trim() : summary;
  return { part, what, remedy };
}

function isKnown(code: string): code is keyof typeof ERROR_REGISTER {
  return code in ERROR_REGISTER;
}
