import type { HistoryView, Outage } from '#gateway/console/live-view.ts';
import { counted } from '#gateway/model/counted.ts';
import { State } from './condition.tsx';
import { formatCount, formatSpan, formatTime, formatUtc } from './format.ts';
import { history, live } from './gateway-feed.ts';

/** The gateway looks once a second: anything shorter is about as long. */
const LOOK_MS = 1000;
const MINUTE_MS = 60_000;
/** What the timeline can show, and the distance of its ticks; it takes the smallest that holds what is known. */
const SCALES = [
  { spanMs: 3 * MINUTE_MS, stepMs: MINUTE_MS },
  { spanMs: 10 * MINUTE_MS, stepMs: 2 * MINUTE_MS },
  { spanMs: 60 * MINUTE_MS, stepMs: 10 * MINUTE_MS },
  { spanMs: 6 * 60 * MINUTE_MS, stepMs: 60 * MINUTE_MS },
];
const LONGEST = { spanMs: 24 * 60 * MINUTE_MS, stepMs: 4 * 60 * MINUTE_MS };

interface Window {
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
}

/** When each sink was without its peer, what was kept and what has been sent since. */
export function Timeline() {
  const view = live.value;
  const past = history.value;
  if (view === undefined || past === undefined) return null;
  const window = windowOf(past, view.nowMs);
  return (
    <section class="card" aria-labelledby="outages">
      <h2 id="outages">Outages</h2>
      <div class="lanes">
        {view.status.sinks.map(({ id }) => (
          <Lane key={id} id={id} window={window} past={past} />
        ))}
        <div class="ticks" aria-hidden="true">
          {ticksOf(window).map((atMs) => (
            <span key={atMs} style={{ left: `${percent(window, atMs)}%` }}>
              {formatTime(atMs).slice(0, 5)}
            </span>
          ))}
        </div>
      </div>
      <p class="legend">
        <span>
          <i class="bar offline" /> offline, events kept
        </span>
        {past.outages.some(({ isHeld }) => isHeld) && (
          <span>
            <i class="bar held" /> link shut by mode or budget, events kept
          </span>
        )}
        <span>
          <i class="bar draining" /> back, sending what was kept
        </span>
        <span>
          <i class="bar online" /> online
        </span>
      </p>
      <OutageTable outages={past.outages} nowMs={view.nowMs} />
    </section>
  );
}

interface LaneProps {
  readonly id: string;
  readonly window: Window;
  readonly past: HistoryView;
}

function Lane({ id, window, past }: LaneProps) {
  const outages = past.outages.filter(({ sink }) => sink === id);
  return (
    <div class="lane">
      <span class="lane-name">{id}</span>
      <div
        class="lane-track"
        role="img"
        aria-label={`${id}: ${counted(outages.length, 'outage')}, listed in the table below`}
      >
        <Bar window={window} kind="online" fromMs={past.watchedSinceMs} toMs={window.toMs} />
        {outages.map((outage) => (
          <OutageBars key={outage.startedMs} outage={outage} window={window} />
        ))}
      </div>
    </div>
  );
}

function OutageBars({ outage, window }: { readonly outage: Outage; readonly window: Window }) {
  const { startedMs, endedMs, drainedMs, keptCount, isHeld } = outage;
  const drainEndMs = drainedMs ?? window.toMs;
  return (
    <>
      {endedMs !== undefined && <Bar window={window} kind="draining" fromMs={endedMs} toMs={drainEndMs} />}
      <Bar
        window={window}
        kind={isHeld ? 'held' : 'offline'}
        fromMs={startedMs}
        toMs={endedMs ?? window.toMs}
        text={`${formatCount(keptCount)} kept`}
      />
    </>
  );
}

interface BarProps {
  readonly window: Window;
  readonly kind: 'online' | 'offline' | 'held' | 'draining';
  readonly fromMs: number;
  readonly toMs: number;
  readonly text?: string;
}

function Bar({ window, kind, fromMs, toMs, text }: BarProps) {
  const left = percent(window, fromMs);
  const width = percent(window, toMs) - left;
  if (width <= 0) return null;
  return (
    <span class={`bar ${kind}`} style={{ left: `${left}%`, width: `${width}%` }} title={text ?? kind}>
      {text !== undefined && <b>{text}</b>}
    </span>
  );
}

function OutageTable({ outages, nowMs }: { readonly outages: readonly Outage[]; readonly nowMs: number }) {
  if (outages.length === 0) return <p class="empty">No outage since the gateway started.</p>;
  return (
    // A region that scrolls must be reachable by keyboard.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: the axe rule scrollable-region-focusable asks for it
    <section class="scroll" tabIndex={0} aria-label="Outages as a table">
      <table>
        <thead>
          <tr>
            <th scope="col">Sink</th>
            <th scope="col">From</th>
            <th scope="col">Lasted</th>
            <th scope="col" class="number">
              Kept
            </th>
            <th scope="col" class="number">
              Sent
            </th>
            <th scope="col">Now</th>
          </tr>
        </thead>
        <tbody>
          {outages.toReversed().map((outage) => (
            <OutageRow key={`${outage.sink} ${outage.startedMs}`} outage={outage} nowMs={nowMs} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

const OFFLINE = { condition: 'bad', word: 'offline' } as const;
const SHUT = { condition: 'idle', word: 'link shut' } as const;

function OutageRow({ outage, nowMs }: { readonly outage: Outage; readonly nowMs: number }) {
  const { sink, startedMs, endedMs, drainedMs, keptCount, sentCount, reason, isHeld } = outage;
  return (
    <tr>
      <th scope="row">{sink}</th>
      <td title={`${formatUtc(startedMs)}${reason === undefined ? '' : `: ${reason}`}`}>{formatTime(startedMs)}</td>
      <td>{formatSpan((endedMs ?? nowMs) - startedMs)}</td>
      <td class="number">{formatCount(keptCount)}</td>
      <td class="number">{formatCount(sentCount)}</td>
      <td>
        {endedMs === undefined && <State {...(isHeld ? SHUT : OFFLINE)} />}
        {endedMs !== undefined && drainedMs === undefined && <State condition="busy" word="sending" />}
        {endedMs !== undefined && drainedMs !== undefined && (
          <>
            <State condition="good" word="sent" />
            <span class="wide"> in {formatSpan(Math.max(LOOK_MS, drainedMs - endedMs))}</span>
          </>
        )}
      </td>
    </tr>
  );
}

function windowOf({ watchedSinceMs }: HistoryView, nowMs: number): Window {
  const { spanMs, stepMs } = SCALES.find((scale) => scale.spanMs >= nowMs - watchedSinceMs) ?? LONGEST;
  return { fromMs: nowMs - spanMs, toMs: nowMs, stepMs };
}

/** On the full minute or hour, and not so close to an end that the figure would stand out. */
function ticksOf({ fromMs, toMs, stepMs }: Window): readonly number[] {
  const marginMs = (toMs - fromMs) / 25;
  const firstMs = Math.ceil((fromMs + marginMs) / stepMs) * stepMs;
  const count = Math.floor((toMs - marginMs - firstMs) / stepMs) + 1;
  return Array.from({ length: count }, (_, index) => firstMs + index * stepMs);
}

function percent({ fromMs, toMs }: Window, atMs: number): number {
  return Math.min(100, Math.max(0, ((atMs - fromMs) / (toMs - fromMs)) * 100));
}
