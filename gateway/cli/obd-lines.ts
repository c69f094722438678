import type { SourceStatus } from '#gateway/model/status.ts';

/** What is worth a line of its own of an adapter for on-board diagnostics. */
export function obdLines({ id, obd }: SourceStatus): string[] {
  if (obd === undefined) return [];
  const { state, adapter, protocol, voltageV, pidsPerSecond } = obd;
  const parts = [
    STATE_WORDS[state],
    ...(adapter === undefined ? [] : [adapter]),
    ...(protocol === undefined ? [] : [protocol]),
    ...(voltageV === undefined ? [] : [`${voltageV} V`]),
    ...(state === 'polling' ? [`${pidsPerSecond} parameters a second`] : []),
  ];
  return [`${id}: ${parts.join(', ')}`];
}

const STATE_WORDS = {
  searching: 'looks for the adapter',
  connecting: 'looks for the vehicle',
  polling: 'the ignition is on',
  resting: 'the ignition is off: the vehicle is left alone until its voltage rises',
  silent: 'the vehicle does not answer; it is asked again',
} as const;
