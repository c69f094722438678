import { ReceiverFramer } from '#devices/ubx/receiver-framer.ts';
import type { UbxFrame } from '#devices/ubx/ubx-frame.ts';
import { decodeUbxMessage, encodeUbxMessage, MESSAGE_KEYS, type UbxMessage } from '#devices/ubx/ubx-message.ts';
import { applyKeys, selectOutput, withBaud, withInterval, withOutput } from './configuration-keys.ts';
import type { ReceiverSettings } from './receiver-settings.ts';

/** What a receiver says to a command, and how it is set from then on. */
export interface Obeyed {
  readonly answer: Uint8Array;
  /** Absent where nothing changes. */
  readonly settings?: ReceiverSettings;
}

/**
 * What a host tells a receiver of the u-blox kind, and what that makes of it: UBX-CFG-VALSET, CFG-RATE, CFG-MSG and CFG-PRT as far as
 * rate, speed and messages go, and the poll of MON-VER. Any other configuration is refused with ACK-NAK; all else is passed over.
 *
 * @see u-blox F9 interface description, UBX-CFG
 */
export class ReceiverCommands {
  #settings: ReceiverSettings;
  #obeyed: Obeyed[] = [];
  readonly #framer = new ReceiverFramer({ onLine: () => {}, onUbx: (frame) => this.#obey(frame) });

  constructor(settings: ReceiverSettings) {
    this.#settings = settings;
  }

  /** @returns what the commands that these bytes complete come to, in order */
  push(bytes: Uint8Array): readonly Obeyed[] {
    this.#framer.push(bytes);
    const obeyed = this.#obeyed;
    this.#obeyed = [];
    return obeyed;
  }

  #obey(frame: UbxFrame): void {
    for (const obeyed of answersTo(frame, this.#settings)) {
      this.#settings = obeyed.settings ?? this.#settings;
      this.#obeyed.push(obeyed);
    }
  }
}

function answersTo(frame: UbxFrame, settings: ReceiverSettings): readonly Obeyed[] {
  const { messageClass, messageId, payload } = frame;
  const key = (messageClass << 8) | messageId;
  const isPoll = payload.byteLength === 0;
  if (isPoll && key === MESSAGE_KEYS['MON-VER']) return [{ answer: version() }];
  if (isPoll && key === MESSAGE_KEYS['CFG-RATE']) return [{ answer: rateOf(settings) }, ack(frame)];
  if (messageClass !== CONFIGURATION_CLASS) return [];
  const message = decodeUbxMessage(frame);
  const portChanged = key === CFG_PRT ? applyPort(payload, settings) : undefined;
  const changed = message?.isDecoded ? applyMessage(message.value, settings) : portChanged;
  return [changed === undefined ? nak(frame) : { ...ack(frame), settings: changed }];
}

const CONFIGURATION_CLASS = 0x06;
/** Ports, of receivers up to generation 8. */
const CFG_PRT = 0x0600;

/** @returns undefined for what the receiver refuses, whole */
function applyMessage(message: UbxMessage, settings: ReceiverSettings): ReceiverSettings | undefined {
  switch (message.type) {
    case 'CFG-VALSET':
      return applyKeys(message.settings, settings);
    case 'CFG-RATE':
      return withInterval(settings, message.measurementIntervalMs * message.measurementsPerSolution);
    case 'CFG-MSG': {
      const output = selectOutput(message.messageClass, message.messageId);
      const [rate = 0, uart1Rate = rate] = message.rates;
      return output === undefined ? undefined : withOutput(settings, output, uart1Rate > 0);
    }
    default:
      return undefined;
  }
}

/** @see u-blox M8 interface description, UBX-CFG-PRT (06 00) */
function applyPort(payload: DataView, settings: ReceiverSettings): ReceiverSettings | undefined {
  return payload.byteLength === PORT_BYTES ? withBaud(settings, payload.getUint32(8, true)) : undefined;
}

const PORT_BYTES = 20;

function ack({ messageClass, messageId }: UbxFrame): Obeyed {
  return { answer: encodeUbxMessage({ type: 'ACK-ACK', messageClass, messageId }) };
}

function nak({ messageClass, messageId }: UbxFrame): Obeyed {
  return { answer: encodeUbxMessage({ type: 'ACK-NAK', messageClass, messageId }) };
}

function version(): Uint8Array {
  return encodeUbxMessage({
    type: 'MON-VER',
    softwareVersion: 'EXT CORE 1.00 (sim)',
    hardwareVersion: '00190000',
    extensions: ['FWVER=SIM 1.00', 'PROTVER=27.11', 'MOD=WAYSTATION-SIM', 'GPS;GLO;GAL;BDS'],
  });
}

function rateOf({ intervalMs }: ReceiverSettings): Uint8Array {
  return encodeUbxMessage({
    type: 'CFG-RATE',
    measurementIntervalMs: intervalMs,
    measurementsPerSolution: 1,
    timeReference: 'utc',
  });
}
