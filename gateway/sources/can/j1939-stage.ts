import type { CanFrame } from '#devices/can/can-frame.ts';
import type { DbcDecoder } from '#devices/can/dbc/compile-dbc.ts';
import type { MessageDecoder } from '#devices/can/dbc/message-decoder.ts';
import { compileAbsence } from '#devices/can/j1939/absence-rule.ts';
import { compileJ1939, type J1939Decoder } from '#devices/can/j1939/compile-j1939.ts';
import { DM1_PGN } from '#devices/can/j1939/diagnostic-message.ts';
import { J1939Bus } from '#devices/can/j1939/j1939-bus.ts';
import { destinationOf, GLOBAL_ADDRESS, isJ1939Id, pgnOf, sourceOf } from '#devices/can/j1939/j1939-id.ts';
import type { J1939Message } from '#devices/can/j1939/j1939-message.ts';
import { formatJ1939Name } from '#devices/can/j1939/j1939-name.ts';
import { decodeVin, VEHICLE_IDENTIFICATION_PGN } from '#devices/can/j1939/vehicle-identification.ts';
import type { MessageOrigin } from '#devices/can/reduction/message-report.ts';
import type { Stamp } from '#gateway/model/message.ts';
import type { CanStage, TakeMessage } from './can-stage.ts';
import { encodeDtcEvent, encodeNodeEvent, encodeVehicleEvent } from './j1939-event.ts';

/** Whether a bus speaks J1939: `auto` where one of its DBC files says so. */
export type J1939Choice = 'auto' | boolean;

/** What the stage of a bus needs. */
export interface J1939StageOptions {
  readonly databases: readonly DbcDecoder[];
  /** Publishes `devices/<id>/<name>`. */
  readonly send: (name: string, payload: Uint8Array) => void;
  readonly stamp: () => Stamp;
  /** Takes messages that came in transfers. */
  readonly takeMessage: TakeMessage;
}

/** @returns the stage of a bus, or none if it does not speak J1939 */
export function openJ1939Stage(choice: J1939Choice, options: J1939StageOptions): CanStage | undefined {
  if (choice === false) return undefined;
  const decoder = compileJ1939(options.databases, choice === 'auto' ? 'stated' : 'extended');
  return choice === 'auto' && decoder.isEmpty ? undefined : new J1939Stage(decoder, options);
}

/** Senders of transfers that are told apart, each with its message; more than any vehicle has. */
const MAX_TRANSFER_ORIGINS = 1024;

/** J1939 in the pipeline of a bus: messages by PGN, transfers put together, trouble codes and nodes as events. */
class J1939Stage implements CanStage {
  readonly #decoder: J1939Decoder;
  readonly #options: J1939StageOptions;
  readonly #origins = new Map<string, MessageOrigin>();
  /** What each address has said that the vehicle is. */
  readonly #vins = new Map<number, string>();
  #nowMs = 0;
  #unknownTransferCount = 0;
  readonly #bus = new J1939Bus({
    onMessage: (message) => {
      if (message.pgn === VEHICLE_IDENTIFICATION_PGN) this.#takeIdentification(message);
      if (message.transport !== 'frame') this.#takeTransfer(message);
    },
    onClaim: (change) => this.#options.send('node', encodeNodeEvent(change, this.#options.stamp())),
    onDtc: (change) => this.#options.send('dtc', encodeDtcEvent(change, this.#nowMs, this.#options.stamp())),
  });

  constructor(decoder: J1939Decoder, options: J1939StageOptions) {
    this.#decoder = decoder;
    this.#options = options;
  }

  take(frame: CanFrame, nowMs: number): boolean {
    this.#nowMs = nowMs;
    return this.#bus.take(frame, nowMs);
  }

  find(id: number, isExtended: boolean): MessageOrigin | undefined {
    if (!isExtended || !isJ1939Id(id)) return undefined;
    const way = { pgn: pgnOf(id), source: sourceOf(id), destination: destinationOf(id) };
    const decoder = this.#decoder.find(way.pgn, way.source, way.destination);
    return decoder === undefined ? undefined : this.#originOf(decoder, way);
  }

  tick(nowMs: number): void {
    this.#nowMs = nowMs;
    this.#bus.tick(nowMs);
  }

  rejections(): Readonly<Record<string, number>> {
    return { ...this.#bus.rejections, 'unknown-transfer': this.#unknownTransferCount };
  }

  #takeTransfer(message: J1939Message): void {
    const { pgn, source, destination, data } = message;
    const key = `${pgn}/${source}/${destination}`;
    const origin = this.#origins.get(key) ?? this.#noteOrigin(key, message);
    if (origin !== undefined) this.#options.takeMessage(key, origin, data);
    else if (pgn !== DM1_PGN && pgn !== VEHICLE_IDENTIFICATION_PGN) this.#unknownTransferCount++;
  }

  /** Told when it is heard first and when it is another: units repeat it every ten seconds. */
  #takeIdentification({ source, data }: J1939Message): void {
    const { send, stamp } = this.#options;
    const vin = decodeVin(data);
    if (vin === undefined || this.#vins.get(source) === vin) return;
    this.#vins.set(source, vin);
    send('vehicle', encodeVehicleEvent(vin, source, this.#bus.nameOf(source), stamp()));
  }

  #noteOrigin(key: string, message: J1939Message): MessageOrigin | undefined {
    const decoder = this.#decoder.find(message.pgn, message.source, message.destination);
    if (decoder === undefined || this.#origins.size >= MAX_TRANSFER_ORIGINS) return undefined;
    const origin = this.#originOf(decoder, message);
    this.#origins.set(key, origin);
    return origin;
  }

  #originOf(
    decoder: MessageDecoder,
    way: Pick<J1939Message, 'pgn' | 'source' | 'destination'> & Partial<Pick<J1939Message, 'transport'>>,
  ): MessageOrigin {
    const { pgn, source, destination, transport } = way;
    const rule = compileAbsence(decoder.message);
    return {
      decoder,
      describe: () => ({
        ...{ pgn, sourceAddress: source },
        ...(destination === GLOBAL_ADDRESS ? {} : { destinationAddress: destination }),
        ...this.#nameOf(source),
        ...(transport === undefined ? {} : { transport }),
      }),
      clearAbsent: (values) => rule.clearAbsent(values),
    };
  }

  #nameOf(address: number): { readonly name?: string } {
    const name = this.#bus.nameOf(address);
    return name === undefined ? {} : { name: formatJ1939Name(name) };
  }
}
