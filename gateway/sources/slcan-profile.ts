import type { SlcanBitrate, SlcanCommand } from '#devices/can/slcan/slcan-command.ts';
import type { SlcanAnswer } from '#devices/can/slcan/slcan-item.ts';
import type { SlcanProfile } from '#gateway/model/status.ts';

/** How a bus is to be opened. */
export interface BusSettings {
  readonly bitrate: SlcanBitrate;
  readonly listenOnly: boolean;
}

/**
 * What an adapter is by its answer to `V`: Lawicel's and their like answer with four digits, CANable with the version and the source of its
 * firmware. Absent where the answer tells nothing.
 *
 * Only what is beyond doubt is a CANable: that adapter is opened by `O`, which on any other would join the bus.
 */
export function profileOf(answer: SlcanAnswer): SlcanProfile | undefined {
  if (answer.kind === 'version') return /^[0-9A-Za-z]{4}(?: |$)/.test(answer.text) ? 'lawicel' : undefined;
  return answer.kind === 'text' && /^\S+ \S*canable\S*$/i.test(answer.text) ? 'canable' : undefined;
}

/**
 * The commands that open a bus, from whatever state the adapter is in.
 *
 * An adapter that nobody has identified hears `L` where it may only listen: who knows that command keeps silent, and who does not stays closed.
 * It never hears `O` then, which every adapter takes for leave to acknowledge and to send error frames [S4].
 */
export function openingCommands(profile: SlcanProfile, { bitrate, listenOnly }: BusSettings): readonly SlcanCommand[] {
  const open = { kind: listenOnly ? 'listen' : 'open' } as const;
  const rate = { kind: 'bitrate', bitrate } as const;
  if (profile === 'lawicel') return [rate, { kind: 'timestamps', isOn: true }, open];
  // Silent mode outlasts the closing of the port, so that it is said either way.
  if (profile === 'canable') return [rate, { kind: 'silent', isOn: listenOnly }, { kind: 'open' }];
  return [rate, open];
}
