import { formatBytes, formatCount } from './format.ts';
import { live } from './gateway-feed.ts';

/** The streams of the journal, and how far each sink has come on them. */
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
              {status.sinks.map(({ id }) => (
                <th scope="col" class="number" key={id}>
                  {id} owes
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {status.journal.streams.map((stream) => (
              <tr key={stream.id}>
                <th scope="row">{stream.id}</th>
                <td class="number">{formatCount(stream.syncedSequence)}</td>
                <td class="number wide">{formatBytes(stream.sizeBytes)}</td>
                {status.sinks.map(({ id, lanes }) => {
                  const lane = lanes.find((each) => each.stream === stream.id);
                  return (
                    <td class="number" key={id}>
                      {lane === undefined ? '–' : formatCount(lane.backlogCount)}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}
