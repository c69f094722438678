import { useSignal } from '@preact/signals';
import type { SinkStatus } from '#gateway/model/sink-status.ts';
import { retrySink } from './gateway-feed.ts';

/** Whether it waits for an attempt, or makes one. */
export function isRetried({ state }: SinkStatus): boolean {
  return state === 'waiting' || state === 'paused' || state === 'connecting';
}

/**
 * «Try now», on a sink that {@link isRetried}. It stays where it is while the sink tries, so that whoever works by
 * keyboard does not lose the place.
 */
export function RetryButton({ sink: { id, state } }: { readonly sink: SinkStatus }) {
  const isAsking = useSignal(false);
  const refusal = useSignal('');
  const isTrying = isAsking.value || state === 'connecting';
  const word = isTrying ? 'Trying…' : 'Try now';
  const retry = async () => {
    if (isTrying) return;
    isAsking.value = true;
    refusal.value = await retrySink(id);
    isAsking.value = false;
  };
  return (
    <p class="action">
      <button type="button" aria-disabled={isTrying} aria-label={`${word}: ${id}`} onClick={() => void retry()}>
        {word}
      </button>
      <span role="status">{refusal.value}</span>
    </p>
  );
}
