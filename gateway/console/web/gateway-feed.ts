import { signal } from '@preact/signals';
import { extendTrack } from '#gateway/console/extend-track.ts';
import type { ConsoleEvents, HistoryView, LiveView } from '#gateway/console/live-view.ts';
import { MAX_SAMPLES } from '#gateway/console/recorder.ts';

/** What the page knows; every part of it redraws by itself when its signal changes. */
export const live = signal<LiveView | undefined>(undefined);
/** Undefined until the gateway has told it: nothing is known then, which is not the same as nothing having happened. */
export const history = signal<HistoryView | undefined>(undefined);
export const connection = signal<'connecting' | 'live' | 'reconnecting'>('connecting');

/** The gateway tells twice a second: this long without a word, and what is shown is old. */
const SILENT_AFTER_MS = 3000;
const CHECK_INTERVAL_MS = 1000;
const ANSWER_TIMEOUT_MS = 10_000;

let stream: EventSource | undefined;
let lastWordMs = 0;
/** Of this connection; what was told before another is asked for again. */
let isHistoryLoaded = false;
let isHistoryLoading = false;

/** Connects, and stays connected: a gateway that restarts is found again by itself. */
export function followGateway(): void {
  openStream();
  setInterval(() => {
    if (performance.now() - lastWordMs > SILENT_AFTER_MS && connection.value === 'live')
      connection.value = 'reconnecting';
    // A browser gives up for good after an answer that it does not understand.
    if (stream?.readyState === EventSource.CLOSED) openStream();
    if (stream?.readyState === EventSource.OPEN && !isHistoryLoaded) void loadHistory();
  }, CHECK_INTERVAL_MS);
}

function openStream(): void {
  stream = new EventSource('api/events');
  stream.addEventListener('open', () => {
    isHistoryLoaded = false;
    void loadHistory();
  });
  stream.addEventListener('error', () => {
    if (connection.value === 'live') connection.value = 'reconnecting';
  });
  on(stream, 'live', (view) => {
    lastWordMs = performance.now();
    live.value = view;
    connection.value = 'live';
  });
  on(stream, 'sample', (sample) => {
    change(({ samples }) => ({ samples: [...samples.slice(1 - MAX_SAMPLES), sample] }));
  });
  on(stream, 'outages', (outages) => change(() => ({ outages })));
  on(stream, 'fix', (fix) => change(({ track }) => ({ track: extendTrack(track, fix) })));
}

function change(next: (past: HistoryView) => Partial<HistoryView>): void {
  const past = history.value;
  if (past !== undefined) history.value = { ...past, ...next(past) };
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

/** A request that fails is made again at the next check. */
async function loadHistory(): Promise<void> {
  if (isHistoryLoading) return;
  isHistoryLoading = true;
  try {
    const response = await fetch('api/history', { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
    if (response.ok) {
      // As above: both sides are compiled from this type.
      history.value = (await response.json()) as HistoryView;
      isHistoryLoaded = true;
    }
  } catch {
    // The stream breaks as well, and says so.
  } finally {
    isHistoryLoading = false;
  }
}

/** @returns why the gateway would not let the sink try now; empty when it does */
export async function retrySink(id: string): Promise<string> {
  try {
    const response = await fetch(`api/sinks/${encodeURIComponent(id)}/retry`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    });
    // As above. A sink that is no longer waiting has got what was asked for.
    return response.ok || response.status === 409 ? '' : ((await response.json()) as { readonly error: string }).error;
  } catch {
    return 'The gateway did not answer.';
  }
}
