import { askGateway } from '#gateway/host/ask-gateway.ts';
import { WaystationError } from '#gateway/model/errors.ts';
import type { PowerStatus } from '#gateway/model/power-status.ts';
import { systemClock } from '#gateway/runtime/clock.ts';
import { ownersOf, powerLines } from './delivery-lines.ts';
import { findDataDir, type GatewayOptions } from './gateway-options.ts';
import { wrapLine } from './wrap-line.ts';

/** Options of `status --wait-drained`. */
export interface WaitDrainedOptions extends GatewayOptions {
  readonly json?: true;
  /** Milliseconds. */
  readonly timeout: number;
}

/** One question waits so long at most; the gateway may end it sooner. */
const STEP_MS = 10_000;

/**
 * Waits until everything is committed, and every sink has had all of it.
 *
 * @throws WaystationError `gateway.notDrained` with what is left, once the time is over; `gateway.notRunning`
 */
export async function waitDrained(options: WaitDrainedOptions): Promise<void> {
  const dataDir = await findDataDir(options);
  const endMs = systemClock.monotonicMs() + options.timeout;
  for (;;) {
    const waitMs = Math.max(0, Math.min(STEP_MS, endMs - systemClock.monotonicMs()));
    // The gateway is of this installation, and its type checker has seen that it answers so.
    const status = (await askGateway(dataDir, 'power', { params: { waitMs }, waitMs })) as PowerStatus;
    if (!status.safe && endMs > systemClock.monotonicMs()) continue;
    process.stdout.write(
      options.json === true
        ? `${JSON.stringify(status)}\n`
        : `${powerLines(status)
            .map((line) => wrapLine(line))
            .join('\n')}\n`,
    );
    if (status.safe) return;
    const left = ownersOf(status).join(', ');
    throw new WaystationError(
      'gateway.notDrained',
      `Waiting until nothing is left: the time is over; not drained: ${left}`,
    );
  }
}
