import { until } from '#tests/support/until.ts';
import { type Cast, pause } from './cast.ts';
import { changeMode } from './change-mode.ts';
import type { Fault, GatewayKill, LinkFault } from './plan-run.ts';
import { spendDay } from './spend-day.ts';

/** The handshake, and some events. */
const DELIVERING_BYTES = 3000;
/** How long anything may take that nothing hinders any more. */
export const PATIENCE_MS = 60_000;

/** Lets a fault happen. @returns when it is over, or at once when `signal` says that there is nothing left to hit */
export async function playFault(cast: Cast, fault: Fault, signal: AbortSignal): Promise<void> {
  switch (fault.kind) {
    case 'killGateway':
      return await killGateway(cast, fault, signal);
    case 'mode':
      return await changeMode(cast, fault, signal);
    case 'spendDay':
      return await spendDay(cast, fault, signal);
    default:
      return await breakLink(cast, fault, signal);
  }
}

async function breakLink(cast: Cast, fault: LinkFault, signal: AbortSignal): Promise<void> {
  const { link } = cast;
  const { direction, afterBytes } = fault;
  const over = isOver(signal);
  await Promise.race([link.after(direction, afterBytes, fault.kind === 'break' ? fault.how : undefined), over]);
  if (signal.aborted) return;
  switch (fault.kind) {
    case 'break':
      if (fault.outageMs > 0) {
        link.cut();
        await pause(fault.outageMs);
        link.restore();
      }
      await cast.nudge();
      break;
    case 'limit':
      link.pace.bytesPerSecond = fault.bytesPerSecond;
      await Promise.race([link.after(direction, fault.forBytes), over]);
      link.pace.bytesPerSecond = Infinity;
      break;
    case 'killHub':
      cast.killCount++;
      await cast.farEnd.restart(fault.awayMs);
      await cast.nudge();
  }
}

async function killGateway(cast: Cast, { afterAcknowledged, isCut }: GatewayKill, signal: AbortSignal): Promise<void> {
  const { link } = cast;
  if (isCut) link.cut();
  else await Promise.race([link.after('up', DELIVERING_BYTES), isOver(signal)]);
  cast.release();
  const aim = cast.sumOf('acknowledgedCount') + afterAcknowledged;
  await until('enough is acknowledged for the next kill', PATIENCE_MS, () => {
    const isLast = isCut || cast.isAllReleased;
    return cast.sumOf('acknowledgedCount') >= aim || signal.aborted || (cast.isQuiet && isLast);
  });
  if (!signal.aborted) await cast.restartGateway();
  link.restore();
}

function isOver(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
