import { type EpochAccount, NO_ACCOUNT } from '#firmware-sim/receiver/epoch-account.ts';
import type { ReceiverEpoch } from '#firmware-sim/receiver/receiver-model.ts';

/** One line of the account that `--ledger FILE` keeps: what was true, and what the receiver said of it. */
export interface SimLedgerLine {
  readonly receiver: string;
  /** UTC as it is, whatever the receiver believes. */
  readonly time: string;
  readonly truth: ReceiverEpoch['truth'];
  /** What it knew of the time: `none`, `time`, `date`. */
  readonly knows: 'none' | 'time' | 'date';
  /** Unix time in milliseconds as stated; a leap second counts as the second before it. */
  readonly statedUnixMs: number;
  readonly mode: 'none' | '2d' | '3d' | 'estimated';
  /** Absent without a fix. */
  readonly fix: ReceiverEpoch['fix'];
  readonly satellitesUsed: number;
  readonly satellitesVisible: number;
  readonly hdop: number;
  readonly antenna: ReceiverEpoch['antenna'];
  readonly jamming: ReceiverEpoch['jamming']['state'];
}

/** Keeps a line for each epoch of a receiver. */
export function openSimAccount(receiver: string, write: (line: SimLedgerLine) => void): EpochAccount {
  return {
    ...NO_ACCOUNT,
    make: (epoch, unixMs) => write(lineOf(receiver, epoch, unixMs)),
  };
}

function lineOf(receiver: string, epoch: ReceiverEpoch, unixMs: number): SimLedgerLine {
  const { antenna, dilution, fix, hasDate, hasTime, jamming, satellites, time, truth } = epoch;
  const knowsTime = hasTime ? 'time' : 'none';
  return {
    receiver,
    time: new Date(unixMs).toISOString(),
    truth,
    knows: hasDate ? 'date' : knowsTime,
    statedUnixMs: time.dateUnixMs + Math.min(time.timeOfDayMs, LAST_MS_OF_DAY),
    mode: fix?.mode ?? 'none',
    fix,
    satellitesUsed: satellites.filter(({ isUsed }) => isUsed).length,
    satellitesVisible: satellites.length,
    hdop: dilution.hdop,
    antenna,
    jamming: jamming.state,
  };
}

const LAST_MS_OF_DAY = 86_399_999;
