import { backlogOf } from '#gateway/console/sink-counts.ts';
import type { SinkDeadLetters } from '#gateway/model/dead-letters-status.ts';
import { describeBackfill, describeSink } from '#gateway/model/describe-sink.ts';
import type { SinkStatus } from '#gateway/model/sink-status.ts';
import { conditionOf } from './condition.tsx';
import { formatCount, formatSpan } from './format.ts';
import { live } from './gateway-feed.ts';
import { Figure, Node } from './node.tsx';
import { isRetried, RetryButton } from './retry-button.tsx';

/** A sink: how far it is, and what it waits for. */
export function SinkNode({ sink }: { readonly sink: SinkStatus }) {
  const view = live.value;
  if (view === undefined) return null;
  const { rates, oldestUnsentMs, status } = view;
  const { links = [], deadLetters } = status;
  const link = links.find(({ id }) => id === sink.link);
  const letters = deadLetters.sinks.find((each) => each.sink === sink.id);
  const { word, why } = describeSink(sink, links, formatSpan);
  const backlog = backlogOf(sink);
  const oldestMs = oldestUnsentMs[sink.id];
  return (
    <Node
      name={sink.id}
      kind={link === undefined ? sink.type : `${sink.type} over ${link.id}`}
      state={sink.state}
      word={word}
      // A link that is off, or at its budget, is as somebody wanted it.
      condition={sink.state === 'held' ? 'idle' : conditionOf(sink.state)}
      rate={rates.sinks[sink.id] ?? 0}
      action={isRetried(sink) && <RetryButton sink={sink} />}
      notes={[...(why === undefined ? [] : [why]), ...describeBackfill(sink, formatCount)]}
    >
      <Figure name="backlog" value={formatCount(backlog)} />
      <Figure
        name="oldest"
        value={backlog === 0 ? 'none' : oldestMs === undefined ? 'unknown' : formatSpan(oldestMs)}
      />
      {letters !== undefined && <LetterFigures letters={letters} />}
    </Node>
  );
}

function LetterFigures({ letters: { count, redrivingCount } }: { readonly letters: SinkDeadLetters }) {
  return (
    <>
      <Figure name="dead letters" value={formatCount(count)} />
      <Figure name="to be sent again" value={formatCount(redrivingCount)} />
    </>
  );
}
