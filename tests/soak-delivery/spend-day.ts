import { until } from '#tests/support/until.ts';
import { type Cast, LINK, pause } from './cast.ts';
import type { SpentDay } from './plan-link.ts';

const LIMIT_MS = 60_000;
/** The last event that goes is urgent, as may be, and some acknowledgements come that were under way. */
const MAX_EXCESS_BYTES = 8 * 1024;
/** Sinks that wait for the link so long wait for the next day: nothing else holds them up. */
const HELD_LOOKS = 15;
const LOOK_MS = 100;
const REST_MS = 300;

/** Lets the bytes of the day go, with kills on the way, looks whether the link rests then, and gives it more [D8]. */
export async function spendDay(cast: Cast, { killCount }: SpentDay, signal: AbortSignal): Promise<void> {
  const { link, plan } = cast;
  const dayBytes = plan.limits.maxBytesPerDay ?? Infinity;
  for (let kill = 1; kill <= killCount && !signal.aborted; kill++) {
    const aimBytes = (dayBytes * kill) / (2 * killCount);
    await untilSpent(cast, signal, () => link.carriedBytes >= aimBytes);
    await cast.restartGateway();
  }
  await untilSpent(cast, signal, () => false);
  if (signal.aborted) return;
  // What was counted at the socket may still be on its way.
  await pause(REST_MS);
  const spentBytes = link.carriedBytes;
  await pause(REST_MS);
  const carriedBytes = link.carriedBytes;
  if (carriedBytes > dayBytes + MAX_EXCESS_BYTES) {
    cast.wrong.push(`The link carried ${carriedBytes} bytes on a day of ${dayBytes}`);
  }
  if (carriedBytes > spentBytes + MAX_EXCESS_BYTES) {
    cast.wrong.push(`The link carried ${carriedBytes - spentBytes} bytes after its day was spent`);
  }
  const { maxBytesPerDay: _, alertReserveBytes: __, ...limits } = plan.limits;
  await cast.configure(limits);
  await cast.restartGateway();
}

/** Waits until the link rests, while there is something to send. */
async function untilSpent(cast: Cast, signal: AbortSignal, isEarly: () => boolean): Promise<void> {
  let heldLooks = 0;
  await until('the day of the link is spent', LIMIT_MS, async () => {
    if (isEarly() || signal.aborted) return true;
    const status = await cast.status();
    const sinks = status?.sinks.filter((sink) => sink.link === LINK) ?? [];
    const lanes = sinks.flatMap((sink) => sink.lanes);
    if (status?.links?.some(({ state }) => state === 'spent')) return true;
    const isDrained = sinks.length > 0 && lanes.every(({ backlogCount }) => backlogCount === 0);
    if (isDrained && cast.isQuiet && !cast.release()) return true;
    const isHeld = !isDrained && lanes.every(({ backlogCount, isHeld: waits }) => backlogCount === 0 || waits);
    heldLooks = isHeld ? heldLooks + 1 : 0;
    await pause(LOOK_MS);
    return heldLooks >= HELD_LOOKS;
  });
}
