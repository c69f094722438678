import type { LinkStatus } from '#gateway/model/link-status.ts';
import type { SinkStatus } from '#gateway/model/sink-status.ts';
import { until } from '#tests/support/until.ts';
import { type Cast, LINK, pause } from './cast.ts';
import type { ModeChange } from './plan-link.ts';

const LIMIT_MS = 30_000;
/** For bytes that are on their way. */
const SETTLE_MS = 150;

/**
 * Tells the gateway how the link is to be used, and looks whether it is: with `off` nothing passes, with `metered` no telemetry, also after
 * a kill. Then takes it back.
 */
export async function changeMode(
  cast: Cast,
  { mode, forMs, isKilled }: ModeChange,
  signal: AbortSignal,
): Promise<void> {
  cast.release();
  await tell(cast, mode);
  if (isKilled && !signal.aborted) await cast.restartGateway();
  await until(`the sinks keep to ${mode}`, LIMIT_MS, async () => {
    const { link, sinks } = await linkIn(cast);
    if (link !== undefined && link.mode !== mode) {
      cast.wrong.push(`The link is ${link.mode}, and was told to be ${mode}`);
      return true;
    }
    return link !== undefined && sinks.every((sink) => (mode === 'off' ? sink.state === 'held' : isMetered(sink)));
  });
  await pause(SETTLE_MS);
  const before = await countPassed(cast, mode);
  await pause(forMs);
  const after = await countPassed(cast, mode);
  if (after > before) {
    const what = mode === 'off' ? 'bytes' : 'events of telemetry';
    cast.wrong.push(`${after - before} ${what} passed although the link is ${mode}`);
  }
  await tell(cast, 'auto');
}

async function tell(cast: Cast, mode: string): Promise<void> {
  await until(`the link is told ${mode}`, LIMIT_MS, () => cast.ask('links.setMode', { link: LINK, mode }));
}

async function linkIn(
  cast: Cast,
): Promise<{ readonly link: LinkStatus | undefined; readonly sinks: readonly SinkStatus[] }> {
  const status = await cast.status();
  const sinks = status?.sinks.filter(({ link }) => link === LINK) ?? [];
  return { link: status?.links?.find(({ id }) => id === LINK), sinks };
}

/** Nothing of telemetry is in flight, nor will be. */
function isMetered({ state, lanes }: SinkStatus): boolean {
  const telemetry = lanes.find(({ stream }) => stream === 'telemetry');
  return state !== 'online' || telemetry?.isHeld === true || telemetry?.backlogCount === 0;
}

async function countPassed({ link, farEnd, others }: Cast, mode: ModeChange['mode']): Promise<number> {
  if (mode === 'off') return link.carriedBytes;
  const came = [(await farEnd.arrivals({ prefix: 'fleet', isBare: false })).arrivals];
  for (const { plan, sink } of others) if (plan.type === 'mqtt') came.push((await sink.arrivals()).arrivals);
  return came.flat().filter(({ stream }) => stream === 'telemetry').length;
}
