import type { DbcDecoder } from '#devices/can/dbc/compile-dbc.ts';

/** Messages of DBC files by parameter group. */
export interface J1939Decoder {
  /** Whether there is anything to find. */
  readonly messageCount: number;
}

/**
 * @param databases the first that knows a parameter group decodes it
 * @param isJ1939 `true`: every message with an extended identifier is of J1939; `auto`: those of which the file says so
 */
export function compileJ1939(_databases: readonly DbcDecoder[], _isJ1939: true | 'auto' = 'auto'): J1939Decoder {
  return { messageCount: 0 };
}
