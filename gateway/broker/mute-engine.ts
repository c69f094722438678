import type { Aedes } from 'aedes';

/**
 * Takes its fan-out from Aedes: what a client publishes has been delivered when Aedes comes to publish it, and what Aedes would
 * say of its own under `$SYS` is said by the broker itself.
 */
export function muteEngine(aedes: Aedes): void {
  // The declarations leave out the middle argument.
  const engine = aedes as unknown as PublishingSide;
  engine.publish = (_packet, client, done) => {
    if (typeof client === 'function') client(null);
    else done?.(null);
  };
}

/** The emitter of an engine that delivers nothing: it calls back at once, and hears nothing. */
export function deafEmitter(): unknown {
  const callBack = (_topic: unknown, _listener: unknown, done?: () => void) => done?.();
  return {
    on: callBack,
    removeListener: callBack,
    emit: (_packet: unknown, done?: () => void) => done?.(),
    close: (done?: () => void) => done?.(),
  };
}

/** `Aedes.publish` as it is. */
interface PublishingSide {
  publish(packet: unknown, client: PublishDone | object | null, done?: PublishDone): void;
}

type PublishDone = (error: null) => void;
