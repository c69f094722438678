import type { ComponentChildren } from 'preact';
import { counted } from '#gateway/model/counted.ts';
import type { RulesStatus, SourceStatus } from '#gateway/model/status.ts';
import { formatBytes, formatCount } from './format.ts';
import { live } from './gateway-feed.ts';
import { Figure, Node } from './node.tsx';
import { SinkNode } from './sink-node.tsx';

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
            kind={counted(status.journal.streams.length, 'stream')}
            state={status.journal.state}
            rate={rates.journaledPerSecond}
          >
            <Figure name="on disk" value={formatBytes(sum(status.journal.streams.map(({ sizeBytes }) => sizeBytes)))} />
            <Figure name="refused" value={formatCount(status.journal.refusedCount)} />
          </Node>
        </Stage>
        <Stage title="Sinks">
          {status.sinks.map((sink) => (
            <SinkNode key={sink.id} sink={sink} />
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

function listenerNames(listeners: readonly { readonly host: string; readonly port: number }[]): string {
  return listeners.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`).join(', ');
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
