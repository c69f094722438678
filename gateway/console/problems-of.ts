import { counted } from '#gateway/model/counted.ts';
import { ERROR_REGISTER } from '#gateway/model/errors.ts';
import type { SinkStatus } from '#gateway/model/sink-status.ts';
import type { GatewayStatus } from '#gateway/model/status.ts';

/** Something that is wrong now: where, what, and what to do about it. */
export interface Problem {
  readonly part: string;
  readonly what: string;
  /** Empty where nobody need do anything. */
  readonly remedy: string;
}

/** Everything that is wrong by the snapshot of a gateway, the journal first. */
export function problemsOf({ journal, sources, sinks, rules }: GatewayStatus): readonly Problem[] {
  const ofStreams = journal.streams.flatMap(({ id, lastError }) =>
    lastError === undefined ? [] : [problem(`stream ${id}`, lastError)],
  );
  const isToldElsewhere = journal.state === 'ok' || (journal.lastError === undefined && ofStreams.length > 0);
  const ofJournal = isToldElsewhere ? [] : [problem('journal', journal.lastError ?? `journal.${journal.state}`)];
  const ofOrphans = (journal.orphans ?? [])
    .filter(({ backlogCount }) => backlogCount > 0)
    .map(({ sink, stream, backlogCount }) => ({
      part: `sink ${sink}`,
      what: `It is not configured, and does not have ${counted(backlogCount, 'record')} of ${stream}.`,
      remedy: `Configure it again, or give them up: waystation sinks forget ${sink}`,
    }));
  const ofSources = sources
    .filter(({ state }) => state !== 'open')
    .map(({ id, state, lastError }) => problem(id, lastError ?? state));
  const ofSinks = sinks
    .filter(({ state }) => state !== 'online')
    .flatMap(({ id, lastError }) => (lastError === undefined ? [] : [problem(id, lastError)]));
  const ofRules = rules?.lastError === undefined ? [] : [problem('rules', rules.lastError)];
  return [...ofJournal, ...ofStreams, ...ofOrphans, ...ofSources, ...ofSinks, ...sinks.flatMap(lossesOf), ...ofRules];
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
