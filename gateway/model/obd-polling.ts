import { ELM_PROTOCOLS, type ElmProtocolName } from '#devices/obd/elm327/elm-protocol.ts';
import { OBD_ALIASES, OBD_KEYS } from '#devices/obd/obd-pids.ts';

/** A parameter that a configuration asks for. */
export interface ObdParameter {
  /** Its key in the table of parameters, or another name of it. */
  readonly name: string;
  /** Absent: that of its tier. */
  readonly intervalMs?: number | undefined;
}

/** What may be named: keys of the table of parameters, and short names. */
export const OBD_PARAMETER_NAMES: readonly string[] = [...Object.keys(OBD_ALIASES), ...OBD_KEYS.keys()];

/** The buses that an adapter may be told to take; `auto` searches. */
export const OBD_PROTOCOL_NAMES = ['auto', ...(Object.keys(ELM_PROTOCOLS) as ElmProtocolName[])] as const; // Its keys are the names.

/** Unless a configuration says otherwise. */
export const DEFAULT_OBD_PARAMETERS: readonly string[] = ['rpm', 'speed', 'coolantTemperature'];
export const DEFAULT_OBD_INTERVAL_MS = 1000;
export const DEFAULT_SLOW_OBD_INTERVAL_MS = 10_000;
