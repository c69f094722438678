import type { StreamId } from '#gateway/model/message.ts';
import type { SinkStatus } from '#gateway/model/sink-status.ts';
import { formatBytes, formatCount } from './format.ts';
import { live } from './gateway-feed.ts';

/** The streams of the journal, and what of each the sinks have not had. */
export function StreamTable() {
  const status = live.value?.status;
  if (status === undefined) return null;
  return (
    <section class="card" aria-labelledby="streams">
      <h2 id="streams">Streams</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the axe rule scrollable-region-focusable asks for it */}
      <section class="scroll" tabIndex={0} aria-label="Streams as a table">
        <table>
          <thead>
            <tr>
              <th scope="col">Stream</th>
              <th scope="col" class="number">
                Newest
              </th>
              <th scope="col" class="number wide">
                On disk
              </th>
              <th scope="col">Still to be sent</th>
            </tr>
          </thead>
          <tbody>
            {status.journal.streams.map((stream) => (
              <tr key={stream.id}>
                <th scope="row">{stream.id}</th>
                <td class="number">{formatCount(stream.syncedSequence)}</td>
                <td class="number wide">{formatBytes(stream.sizeBytes)}</td>
                <td class="owed">{stream.isBuiltIn ? 'stays here' : describeOwed(status.sinks, stream.id)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}

/** Sinks that have had everything are not named, so that the cell stays short however many there are. */
function describeOwed(sinks: readonly SinkStatus[], stream: StreamId): string {
  const owed = sinks.flatMap(({ id, lanes }) => {
    const count = lanes.find((lane) => lane.stream === stream)?.backlogCount ?? 0;
    return count === 0 ? [] : [`${formatCount(count)} to ${id}`];
  });
  return owed.length === 0 ? 'nothing' : owed.join(', ');
}
