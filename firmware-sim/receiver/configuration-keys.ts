import type { Setting } from '#devices/ubx/cfg-valset.ts';
import type { ReceiverSettings } from './receiver-settings.ts';
import { BAUD_RATES, MESSAGE_NAMES, type MessageName, SENTENCE_NAMES, type SentenceName } from './receiver-spec.ts';

/** The shortest and the longest interval between two epochs that a receiver can be set to. */
const MIN_INTERVAL_MS = 40;
const MAX_INTERVAL_MS = 10_000;

/** A message that can be switched on and off. */
export type Output = SentenceName | MessageName;

/** What a command calls an output by class and id. @see u-blox F9 interface description, message class IDs */
export function selectOutput(messageClass: number, messageId: number): Output | undefined {
  return OUTPUTS.find(({ key }) => key === ((messageClass << 8) | messageId))?.name;
}

/** The settings with an output switched on or off; what is switched on comes in the order in which receivers send. */
export function withOutput(settings: ReceiverSettings, output: Output, isOn: boolean): ReceiverSettings {
  return {
    ...settings,
    sentences: switched(settings.sentences, output, isOn, SENTENCE_NAMES),
    messages: switched(settings.messages, output, isOn, MESSAGE_NAMES),
  };
}

/** The settings with another rate; undefined where the receiver cannot do it. */
export function withInterval(settings: ReceiverSettings, intervalMs: number): ReceiverSettings | undefined {
  return intervalMs >= MIN_INTERVAL_MS && intervalMs <= MAX_INTERVAL_MS ? { ...settings, intervalMs } : undefined;
}

/** The settings with another speed of the UART; undefined where the receiver cannot do it. */
export function withBaud(settings: ReceiverSettings, baud: number): ReceiverSettings | undefined {
  return BAUD_RATES.some((known) => known === baud) ? { ...settings, baud } : undefined;
}

/** The settings with all of these values; undefined where one is not known here or out of its range: a receiver takes all or none. */
export function applyKeys(values: readonly Setting[], settings: ReceiverSettings): ReceiverSettings | undefined {
  return values.reduce<ReceiverSettings | undefined>(
    (changed, { key, value }) => (changed === undefined ? undefined : applyKey(changed, key, value)),
    settings,
  );
}

function applyKey(settings: ReceiverSettings, key: number, value: number): ReceiverSettings | undefined {
  if (key === KEY_RATE_MEAS) return withInterval(settings, value);
  if (key === KEY_UART1_BAUDRATE) return withBaud(settings, value);
  const output = OUTPUTS.find(({ uart1 }) => key === uart1 || key === uart1 + USB_AFTER_UART1);
  return output === undefined ? undefined : withOutput(settings, output.name, value > 0);
}

const KEY_RATE_MEAS = 0x30210001;
const KEY_UART1_BAUDRATE = 0x40520001;
/** A simulated port is a UART behind USB: the key of either is right. */
const USB_AFTER_UART1 = 2;

/** Class and id, and the key that sets the rate on UART1. @see u-blox F9 interface description, CFG-MSGOUT */
const OUTPUTS: readonly { readonly name: Output; readonly key: number; readonly uart1: number }[] = [
  { name: 'GGA', key: 0xf000, uart1: 0x209100bb },
  { name: 'GLL', key: 0xf001, uart1: 0x209100ca },
  { name: 'GSA', key: 0xf002, uart1: 0x209100c0 },
  { name: 'GSV', key: 0xf003, uart1: 0x209100c5 },
  { name: 'RMC', key: 0xf004, uart1: 0x209100ac },
  { name: 'VTG', key: 0xf005, uart1: 0x209100b1 },
  { name: 'GST', key: 0xf007, uart1: 0x209100d4 },
  { name: 'ZDA', key: 0xf008, uart1: 0x209100d9 },
  { name: 'GNS', key: 0xf00d, uart1: 0x209100b6 },
  { name: 'THS', key: 0xf00e, uart1: 0x209100e3 },
  { name: 'PUBX00', key: 0xf100, uart1: 0x209100ed },
  { name: 'NAV-STATUS', key: 0x0103, uart1: 0x2091001b },
  { name: 'NAV-DOP', key: 0x0104, uart1: 0x20910039 },
  { name: 'NAV-PVT', key: 0x0107, uart1: 0x20910007 },
  { name: 'NAV-TIMELS', key: 0x0126, uart1: 0x20910061 },
  { name: 'NAV-SAT', key: 0x0135, uart1: 0x20910016 },
  { name: 'MON-HW', key: 0x0a09, uart1: 0x209101b5 },
  { name: 'NAV-EOE', key: 0x0161, uart1: 0x20910160 },
  { name: 'MON-RF', key: 0x0a38, uart1: 0x2091035a },
  { name: 'ESF-STATUS', key: 0x1010, uart1: 0x20910106 },
];

function switched<Name extends Output>(
  names: readonly Name[],
  output: Output,
  isOn: boolean,
  order: readonly Name[],
): readonly Name[] {
  const name = order.find((known) => known === output);
  if (name === undefined || names.includes(name) === isOn) return names;
  return isOn
    ? order.filter((known) => known === name || names.includes(known))
    : names.filter((other) => other !== name);
}
