import type { FuzzTarget } from './fuzz-target.ts';
import { BATCH_TARGETS } from './targets/batches.ts';
import { CAN_LOG_TARGETS } from './targets/can-logs.ts';
import { DBC_DECODE_TARGET } from './targets/dbc-decode.ts';
import { DBC_TEXT_TARGET } from './targets/dbc-text.ts';
import { ELM327_SESSION_TARGET } from './targets/elm327-session.ts';
import { FILTER_TARGETS } from './targets/filter.ts';
import { GNSS_TARGETS } from './targets/gnss.ts';
import { ISO_TP_TARGETS } from './targets/iso-tp.ts';
import { J1939_TARGETS } from './targets/j1939.ts';
import { OBD_MESSAGE_TARGET } from './targets/obd-messages.ts';
import { SLCAN_COMMAND_TARGET } from './targets/slcan-commands.ts';

/** Every parser of foreign bytes, in the order in which they run. */
export const FUZZ_TARGETS: readonly FuzzTarget[] = [
  ...CAN_LOG_TARGETS,
  SLCAN_COMMAND_TARGET,
  DBC_TEXT_TARGET,
  DBC_DECODE_TARGET,
  ...J1939_TARGETS,
  ...ISO_TP_TARGETS,
  OBD_MESSAGE_TARGET,
  ELM327_SESSION_TARGET,
  ...GNSS_TARGETS,
  ...FILTER_TARGETS,
  ...BATCH_TARGETS,
];
