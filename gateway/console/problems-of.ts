import { counted } from '#gateway/model/counted.ts';
import type { DeadLettersStatus } from '#gateway/model/dead-letters-status.ts';
import { ERROR_REGISTER } from '#gateway/model/errors.ts';
import { orphanNews } from '#gateway/model/orphan-news.ts';
import type { SinkStatus } from '#gateway/model/sink-status.ts';
import type { GatewayStatus } from '#gateway/model/status.ts';
import type { Problem } from './live-view.ts';

/** Everything that is wrong by the snapshot of a gateway, the journal first. Not done by the page: it would have to load all errors there are. */
export function problemsOf(status: GatewayStatus): readonly Problem[] {
  const { journal, sources, sinks, links = [], deadLetters, rules } = status;
  const ofStreams = journal.streams.flatMap(({ id, lastError }) =>
    lastError === undefined ? [] : [problem(`stream ${id}`, lastError)],
  );
  const isToldElsewhere = journal.state === 'ok' || (journal.lastError === undefined && ofStreams.length > 0);
  const ofJournal = isToldElsewhere ? [] : [problem('journal', journal.lastError ?? `journal.${journal.state}`)];
  const ofOrphans = orphanNews(
    journal.orphans ?? [],
    sinks.map(({ id }) => id),
  );
  const ofSources = sources
    .filter(({ state }) => state !== 'open')
    .map(({ id, state, lastError }) => problem(id, lastError ?? state));
  const ofSinks = sinks
    // What a link holds back on purpose is no problem, whatever went wrong before.
    .filter(({ state }) => state !== 'online' && state !== 'held')
    .flatMap(({ id, lastError }) => (lastError === undefined ? [] : [problem(id, lastError)]));
  const ofRules = rules?.lastError === undefined ? [] : [problem('rules', rules.lastError)];
  const ofLinks = links.flatMap(({ id, lastError }) =>
    lastError === undefined ? [] : [problem(`link ${id}`, lastError)],
  );
  return [
    ...[...ofJournal, ...ofStreams, ...ofOrphans, ...ofSources, ...ofSinks, ...sinks.flatMap(lossesOf)],
    ...[...lettersOf(deadLetters), ...ofLinks, ...ofRules],
  ];
}

function lossesOf({ id, lanes }: SinkStatus): readonly Problem[] {
  return lanes.flatMap(({ stream, lost }) =>
    lost === undefined
      ? []
      : [
          {
            part: id,
            what: `${counted(lost, 'record')} of ${stream} went before it had them. Its target will be told.`,
            remedy: 'Let it catch up; raise the quota of the stream if outages last so long.',
          },
        ],
  );
}

function lettersOf({ sinks, lastError }: DeadLettersStatus): readonly Problem[] {
  const ofSinks = sinks
    .filter(({ count }) => count > 0)
    .map(({ sink, count, lastReason }) => {
      const last = lastReason === undefined ? '' : ` The last: ${lastReason}`;
      const remedy = `See them, send them again, or drop them: waystation dead-letters list --sink ${sink}`;
      return { part: sink, what: `${counted(count, 'event')} in the dead letters.${last}`, remedy };
    });
  return lastError === undefined ? ofSinks : [...ofSinks, problem('dead letters', lastError)];
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
