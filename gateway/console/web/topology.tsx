import type { ComponentChildren } from 'preact';
import { backlogOf } from '#gateway/console/sink-counts.ts';
import type { SinkStatus } from '#gateway/model/sink-status.ts';
import type { RulesStatus, SourceStatus } from '#gateway/model/status.ts';
import { conditionOf, State } from './condition.tsx';
import { formatBytes, formatCount, formatRate, formatSpan } from './format.ts';
import { live } from './gateway-feed.ts';
import { RetryButton } from './retry-button.tsx';

/** The way of an event, left to right: sources, broker, journal, sinks. */
export function Topology() {
  const view = live.value;
  if (view === undefined) return null;
  const { status, rates } = view;
  return (
    <section aria-labelledby="flow">
      <h2 id="flow">Flow</h2>
      <ol class="flow">
        <Stage title="Sources">
          {status.sources.map((source) => (
            <Source key={source.id} source={source} rate={rates.sources[source.id] ?? 0} />
          ))}
          {status.sources.length === 0 && <p class="empty">No serial device is configured.</p>}
        </Stage>
        <Stage title="Broker">
          <Node
            name="MQTT"
            kind={listenerNames(status.broker.listeners)}
            state="running"
            rate={rates.publishedPerSecond}
          >
            <Figure name="clients" value={formatCount(status.broker.clientCount)} />
            <Figure name="refused" value={formatCount(sum(Object.values(status.broker.refusals)))} />
          </Node>
          {status.rules !== undefined && <Rules rules={status.rules} />}
        </Stage>
        <Stage title="Journal">
          <Node
            name="Journal"
            kind={`${status.journal.streams.length} streams`}
            state={status.journal.state}
            rate={rates.journaledPerSecond}
          >
            <Figure name="on disk" value={formatBytes(sum(status.journal.streams.map(({ sizeBytes }) => sizeBytes)))} />
            <Figure name="refused" value={formatCount(status.journal.refusedCount)} />
          </Node>
        </Stage>
        <Stage title="Sinks">
          {status.sinks.map((sink) => (
            <Sink key={sink.id} sink={sink} rate={rates.sinks[sink.id] ?? 0} oldestMs={view.oldestUnsentMs[sink.id]} />
          ))}
          {status.sinks.length === 0 && <p class="empty">No sink is configured: events stay in the journal.</p>}
        </Stage>
      </ol>
    </section>
  );
}

function Stage({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  return (
    <li class="stage">
      <h3>{title}</h3>
      {children}
    </li>
  );
}

interface NodeProps {
  readonly name: string;
  readonly kind: string;
  readonly state: string;
  /** Events per second; absent where events are not counted. */
  readonly rate?: number;
  readonly children: ComponentChildren;
  /** What can be done here. */
  readonly action?: ComponentChildren;
}

function Node({ name, kind, state, rate, children, action }: NodeProps) {
  return (
    <article class={`node ${conditionOf(state)}`} aria-label={name}>
      <header>
        <h4>{name}</h4>
        <State condition={conditionOf(state)} word={state} />
      </header>
      <p class="kind">{kind}</p>
      <div class="pace">
        {rate !== undefined && (
          <p class="rate">
            <b>{formatRate(rate)}</b> events/s
          </p>
        )}
        {action}
      </div>
      <dl>{children}</dl>
    </article>
  );
}

function Source({ source, rate }: { readonly source: SourceStatus; readonly rate: number }) {
  return (
    <Node name={source.id} kind={source.type} state={source.state} rate={rate}>
      <Figure name="read" value={formatBytes(source.receivedBytes)} />
      <Figure name="rejected" value={formatCount(sum(Object.values(source.rejections)))} />
    </Node>
  );
}

function Rules({ rules: { state, url, rssBytes, restartCount } }: { readonly rules: RulesStatus }) {
  const editor = (
    <p class="action">
      <a href={url}>Open the editor</a>
    </p>
  );
  return (
    <Node name="Rules" kind="Node-RED" state={state} action={editor}>
      <Figure name="memory" value={formatBytes(rssBytes)} />
      <Figure name="restarts" value={formatCount(restartCount)} />
    </Node>
  );
}

interface SinkProps {
  readonly sink: SinkStatus;
  readonly rate: number;
  readonly oldestMs: number | undefined;
}

function Sink({ sink, rate, oldestMs }: SinkProps) {
  const backlog = backlogOf(sink);
  return (
    <Node name={sink.id} kind={sink.type} state={sink.state} rate={rate} action={<RetryButton sink={sink} />}>
      <Figure name="backlog" value={formatCount(backlog)} />
      <Figure
        name="oldest"
        value={backlog === 0 ? 'none' : oldestMs === undefined ? 'unknown' : formatSpan(oldestMs)}
      />
    </Node>
  );
}

function Figure({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function listenerNames(listeners: readonly { readonly host: string; readonly port: number }[]): string {
  return listeners.map(({ host, port }) => `${host}:${port}`).join(', ');
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
