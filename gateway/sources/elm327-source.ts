import { DtcTracker } from '#devices/obd/dtc-tracker.ts';
import { ELM_PROTOCOLS, type ElmProtocolName } from '#devices/obd/elm327/elm-protocol.ts';
import type { PolledPid } from '#devices/obd/elm327/poll-plan.ts';
import { OBD_ALIASES, OBD_KEYS } from '#devices/obd/obd-pids.ts';
import { isSlowPid } from '#devices/obd/poll-tier.ts';
import type { ObdParameter } from '#gateway/model/obd-polling.ts';
import type { BaudHabits } from './baud-search.ts';
import { openDeviceSource } from './device-source.ts';
import { Elm327Reader } from './elm327-reader.ts';
import type { Source, SourceContext } from './source.ts';

/** An adapter for on-board diagnostics that speaks the commands of the ELM327. */
export interface Elm327Device {
  readonly id: string;
  readonly path: string;
  /** Bits per second of the serial line; `auto` finds them. */
  readonly baud: number | 'auto';
  /** The bus of the vehicle; `auto` lets the adapter search. */
  readonly protocol: 'auto' | ElmProtocolName;
  readonly pids: readonly ObdParameter[];
  readonly intervalMs: number;
  /** Of what changes within minutes. */
  readonly slowIntervalMs: number;
}

/** What adapters are set to. A search of the bus, in which they say nothing, takes up to twenty seconds. */
const ADAPTER_HABITS: BaudHabits = {
  rates: [38_400, 115_200, 9600, 500_000, 57_600, 230_400, 1_000_000, 2_000_000],
  lookAgainMs: 40_000,
};
/** While the rate is looked for, each is listened to for some seconds only. */
const SEARCH_PAUSE_MS = 500;

/**
 * Publishes `devices/<id>/pids` for each round of questions, `devices/<id>/dtc` when a trouble code comes or goes, and
 * `devices/<id>/vehicle` once a connection.
 */
export function openElm327Source(device: Elm327Device, context: SourceContext): Source {
  const { id, path, baud, protocol } = device;
  const options = {
    pids: polledPids(device),
    protocolNumber: protocol === 'auto' ? '0' : ELM_PROTOCOLS[protocol].number,
    ...(baud === 'auto' ? { maxPauseMs: SEARCH_PAUSE_MS } : {}),
  };
  // Outlives a replug, so that no code is raised twice.
  const tracker = new DtcTracker();
  return openDeviceSource(
    {
      ...{ id, type: 'elm327', path, baud, baudHabits: ADAPTER_HABITS },
      makeReader: (send, tellStatus, write) => new Elm327Reader(options, tracker, { send, tellStatus, write }, context),
    },
    context,
  );
}

/** One entry a parameter, although several quantities may share it: the most often asked for counts. */
function polledPids({ pids, intervalMs, slowIntervalMs }: Elm327Device): readonly PolledPid[] {
  const intervals = new Map<number, number>();
  for (const { name, intervalMs: own } of pids) {
    const pid = OBD_KEYS.get(OBD_ALIASES[name] ?? name)?.pid;
    if (pid === undefined) continue;
    const wanted = own ?? (isSlowPid(pid) ? slowIntervalMs : intervalMs);
    intervals.set(pid.pid, Math.min(wanted, intervals.get(pid.pid) ?? wanted));
  }
  return [...intervals].map(([pid, interval]) => ({ pid, intervalMs: interval }));
}
