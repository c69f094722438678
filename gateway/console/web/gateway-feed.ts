import { signal } from '@preact/signals';
import type { ConsoleEvents, HistoryView, LiveView } from '#gateway/console/live-view.ts';

/** What the page knows; every part of it redraws by itself when its signal changes. */
export const live = signal<LiveView | undefined>(undefined);
export const history = signal<HistoryView>({ watchedSinceMs: 0, samples: [], outages: [], track: [] });
export const connection = signal<'connecting' | 'live' | 'reconnecting'>('connecting');

/** The gateway tells twice a second: this long without a word, and what is shown is old. */
const SILENT_AFTER_MS = 3000;
const CHECK_INTERVAL_MS = 1000;
/** As many as the gateway keeps. */
const MAX_SAMPLES = 600;
const MAX_TRACK_FIXES = 500;

let stream: EventSource | undefined;
let lastWordMs = 0;

/** Connects, and stays connected: a gateway that restarts is found again by itself. */
export function followGateway(): void {
  openStream();
  setInterval(() => {
    if (performance.now() - lastWordMs > SILENT_AFTER_MS && connection.value === 'live')
      connection.value = 'reconnecting';
    // A browser gives up for good after an answer that it does not understand.
    if (stream?.readyState === EventSource.CLOSED) openStream();
  }, CHECK_INTERVAL_MS);
}

function openStream(): void {
  stream = new EventSource('api/events');
  stream.addEventListener('open', () => void loadHistory());
  stream.addEventListener('error', () => {
    if (connection.value === 'live') connection.value = 'reconnecting';
  });
  on(stream, 'live', (view) => {
    lastWordMs = performance.now();
    live.value = view;
    connection.value = 'live';
  });
  on(stream, 'sample', (sample) => {
    const { samples } = history.value;
    history.value = { ...history.value, samples: [...samples.slice(1 - MAX_SAMPLES), sample] };
  });
  on(stream, 'outages', (outages) => {
    history.value = { ...history.value, outages };
  });
  on(stream, 'fix', (fix) => {
    const { track } = history.value;
    history.value = { ...history.value, track: [...track.slice(1 - MAX_TRACK_FIXES), fix] };
  });
}

function on<K extends keyof ConsoleEvents>(
  source: EventSource,
  name: K,
  take: (value: ConsoleEvents[K]) => void,
): void {
  source.addEventListener(name, (event) => {
    // The gateway that served this page wrote the data; `ConsoleEvents` is what both sides are compiled from.
    take(JSON.parse(event.data) as ConsoleEvents[K]);
  });
}

async function loadHistory(): Promise<void> {
  try {
    const response = await fetch('api/history');
    // As above: both sides are compiled from this type.
    if (response.ok) history.value = (await response.json()) as HistoryView;
  } catch {
    // The stream breaks as well, and says so.
  }
}

/** @returns why the gateway would not let the sink try now; empty when it does */
export async function retrySink(id: string): Promise<string> {
  try {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`api/sinks/${encodeURIComponent(id)}/retry`, { method: 'POST', headers, body: '{}' });
    // As above. A sink that is no longer waiting has got what was asked for.
    return response.ok || response.status === 409 ? '' : ((await response.json()) as { readonly error: string }).error;
  } catch {
    return 'The gateway did not answer.';
  }
}
