import { WaystationError } from '#gateway/model/errors.ts';
import type { Sink } from './sink-options.ts';

/**
 * A person wants the sink `id` to try now.
 *
 * @throws WaystationError `sink.unknown`, `sink.notWaiting`
 */
export function retrySink(sinks: readonly Pick<Sink, 'id' | 'retryNow'>[], id: string): void {
  const sink = sinks.find((each) => each.id === id);
  if (sink === undefined) {
    const names = sinks.map((each) => each.id).join(', ');
    throw new WaystationError(
      'sink.unknown',
      `Looking for the sink ${JSON.stringify(id)}: there is ${names || 'none'}`,
    );
  }
  sink.retryNow();
}

/** The sink in a request over the control socket. @throws WaystationError `gateway.badRequest` */
export function sinkIdIn(params: unknown): string {
  if (typeof params === 'object' && params !== null && 'id' in params && typeof params.id === 'string')
    return params.id;
  throw new WaystationError('gateway.badRequest', 'Expected parameters such as {"id":"hub"}.');
}
