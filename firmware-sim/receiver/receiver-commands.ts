import { ReceiverFramer } from '#devices/ubx/receiver-framer.ts';
import { encodeUbxFrame, type UbxFrame } from '#devices/ubx/ubx-frame.ts';
import { encodeUbxMessage } from '#devices/ubx/ubx-message.ts';
import {
  applyValset,
  isKnownBaud,
  MAX_INTERVAL_MS,
  MIN_INTERVAL_MS,
  selectOutput,
  withOutput,
} from './configuration-keys.ts';
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

const CFG = 0x06;
const CFG_PRT = 0x00;
const CFG_MSG = 0x01;
const CFG_RATE = 0x08;
const CFG_VALSET = 0x8a;
const MON = 0x0a;
const MON_VER = 0x04;

function answersTo(frame: UbxFrame, settings: ReceiverSettings): readonly Obeyed[] {
  const { messageClass, messageId, payload } = frame;
  if (messageClass === MON && messageId === MON_VER && payload.byteLength === 0) return [{ answer: version() }];
  if (messageClass !== CFG) return [];
  if (messageId === CFG_RATE && payload.byteLength === 0) {
    return [
      { answer: encodeUbxFrame({ messageClass: CFG, messageId: CFG_RATE, payload: ratePayload(settings) }) },
      ack(frame),
    ];
  }
  const changed = COMMANDS[messageId]?.(payload, settings);
  return [changed === undefined ? nak(frame) : { ...ack(frame), settings: changed }];
}

/** @returns undefined for what the receiver refuses, whole */
type Command = (payload: DataView, settings: ReceiverSettings) => ReceiverSettings | undefined;

const COMMANDS: Readonly<Record<number, Command>> = {
  [CFG_VALSET]: applyValset,
  [CFG_RATE]: (payload, settings) => {
    const intervalMs = payload.byteLength === 6 ? payload.getUint16(0, true) * payload.getUint16(2, true) : 0;
    return intervalMs >= MIN_INTERVAL_MS && intervalMs <= MAX_INTERVAL_MS ? { ...settings, intervalMs } : undefined;
  },
  [CFG_MSG]: (payload, settings) => {
    const isForAllPorts = payload.byteLength === 8;
    if (!isForAllPorts && payload.byteLength !== 3) return undefined;
    const output = selectOutput(payload.getUint8(0), payload.getUint8(1));
    return output === undefined ? undefined : withOutput(settings, output, payload.getUint8(isForAllPorts ? 3 : 2) > 0);
  },
  [CFG_PRT]: (payload, settings) => {
    const baud = payload.byteLength === 20 ? payload.getUint32(8, true) : 0;
    return isKnownBaud(baud) ? { ...settings, baud } : undefined;
  },
};

function ack({ messageClass, messageId }: UbxFrame): Obeyed {
  return { answer: encodeUbxMessage({ type: 'ACK-ACK', messageClass, messageId }) };
}

function nak({ messageClass, messageId }: UbxFrame): Obeyed {
  return { answer: encodeUbxMessage({ type: 'ACK-NAK', messageClass, messageId }) };
}

function version(): Uint8Array {
  const extensions = ['FWVER=SIM 1.00', 'PROTVER=27.11', 'MOD=WAYSTATION-SIM', 'GPS;GLO;GAL;BDS'];
  return encodeUbxMessage({
    type: 'MON-VER',
    softwareVersion: 'EXT CORE 1.00 (sim)',
    hardwareVersion: '00190000',
    extensions,
  });
}

function ratePayload({ intervalMs }: ReceiverSettings): DataView {
  const payload = new DataView(new ArrayBuffer(6));
  payload.setUint16(0, intervalMs, true);
  payload.setUint16(2, 1, true);
  payload.setUint16(4, 1, true);
  return payload;
}
