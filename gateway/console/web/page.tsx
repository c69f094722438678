/**
 * The page of the console: one screen that says whether events flow, where they wait, and what to do.
 *
 * It only shows; it loads nothing from anywhere but its gateway. Start reading here, then `gateway-feed.ts`.
 */
import { render } from 'preact';
import 'uplot/dist/uPlot.min.css';
import './style.css';
import './flow.css';
import './links.css';
import './outages.css';
import './map.css';
import './charts.css';
import './narrow.css';
import { State } from './condition.tsx';
import { formatSpan, formatTime, formatUtc } from './format.ts';
import { connection, followGateway, live } from './gateway-feed.ts';
import { Links } from './links.tsx';
import { OutlineMap } from './outline-map.tsx';
import { PowerLine } from './power-line.tsx';
import { Problems } from './problems.tsx';
import { StreamTable } from './stream-table.tsx';
import { Throughput } from './throughput.tsx';
import { Timeline } from './timeline.tsx';
import { Topology } from './topology.tsx';

function Page() {
  return (
    <>
      <Head />
      <main class={connection.value === 'reconnecting' ? 'stale' : ''}>
        <Topology />
        <Links />
        <PowerLine />
        <Problems />
        <div class="columns">
          <div class="column">
            <Timeline />
            <Throughput />
          </div>
          <div class="column">
            <OutlineMap />
            <StreamTable />
          </div>
        </div>
      </main>
      <footer>
        <a href="metrics">Metrics</a> <a href="api/status">Status as JSON</a>
      </footer>
    </>
  );
}

function Head() {
  const view = live.value;
  return (
    <header class="head">
      <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
        <rect width="32" height="32" rx="8" />
        <path d="M6 12l4 10 6-12 6 12 4-10" />
      </svg>
      <h1>{view?.status.gateway.id ?? 'Waystation'}</h1>
      {view !== undefined && (
        <p class="about">
          Waystation {view.status.gateway.version}
          <span>up {formatSpan(view.status.gateway.uptimeSeconds * 1000)}</span>
          <time dateTime={new Date(view.nowMs).toISOString()} title={formatUtc(view.nowMs)}>
            {formatTime(view.nowMs)}
          </time>
        </p>
      )}
      <p class="connection" role="status">
        {connection.value === 'live' && <State condition="good" word="live" />}
        {connection.value === 'connecting' && <State condition="busy" word="connecting" />}
        {connection.value === 'reconnecting' && <State condition="bad" word="reconnecting" />}
      </p>
    </header>
  );
}

followGateway();
const host = document.getElementById('page');
if (host !== null) render(<Page />, host);
