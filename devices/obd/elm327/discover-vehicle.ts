import { PIDS_PER_BITMAP } from '#devices/obd/supported-pids.ts';
import type { EcuAnswer, ElmDialogue, ElmScript, ObdAnswer } from './elm-dialogue.ts';
import { type ElmProtocol, protocolOf } from './elm-protocol.ts';
import type { ElmAdapter } from './set-up-adapter.ts';

/** What answers at the other end. */
export interface ObdVehicle {
  readonly adapter: string;
  /** Absent where the adapter does not tell. */
  readonly protocol?: ElmProtocol;
  /** Control units that answer, lowest first; empty where the adapter does not tell who does. */
  readonly ecus: readonly string[];
  /** Of service 01, by all of them together. */
  readonly supportedPids: ReadonlySet<number>;
  readonly vin?: string;
  readonly calibrationIds: readonly string[];
  readonly ecuNames: readonly string[];
}

/** A search over all buses, with slow initialisations among them. */
const SEARCH_TIMEOUT_MS = 25_000;
const LAST_BITMAP = 0xe0;
const DISCOVERY_ATTEMPTS = 3;

/** `lost`: the adapter. `silent`: nobody answers. */
export type DiscoveryFailure = 'lost' | 'silent';

/** Finds the bus by asking for the first bitmap, then all that the vehicle says of itself. */
export function* discoverVehicle(dialogue: ElmDialogue, adapter: ElmAdapter): ElmScript<ObdVehicle | DiscoveryFailure> {
  dialogue.form = { hasHeaders: adapter.hasHeaders };
  const first = yield* dialogue.request('0100', SEARCH_TIMEOUT_MS);
  if (dialogue.isLost) return 'lost';
  const supported = new Set<number>();
  const ecus = new Set<string>();
  // Somebody answers in lines that are not as they were asked for: the adapter has begun anew, and nobody heard it.
  if (first.answers.length === 0 && first.reply.hexLines.length > 0) return 'lost';
  if (!note(first.answers, supported, ecus)) return 'silent';
  const { texts, hexLines } = yield* dialogue.ask('ATDPN');
  const protocol = protocolOf(texts[0] ?? hexLines[0] ?? '');
  dialogue.form = { hasHeaders: adapter.hasHeaders, bus: protocol?.bus };
  for (let pid = PIDS_PER_BITMAP; pid <= LAST_BITMAP && supported.has(pid); pid += PIDS_PER_BITMAP)
    note((yield* insist(dialogue, `01${hex(pid)}`)).answers, supported, ecus);
  const identity = yield* identify(dialogue);
  if (dialogue.isLost) return 'lost';
  return {
    adapter: adapter.name,
    ...(protocol === undefined ? {} : { protocol }),
    ecus: [...ecus].filter((ecu) => ecu !== '').sort(),
    supportedPids: supported,
    ...identity,
  };
}

/** It is asked once a connection, which may last for days: what a disturbance took must not be missing that long. */
function* insist(dialogue: ElmDialogue, digits: string): ElmScript<ObdAnswer> {
  let answer = yield* dialogue.request(digits);
  for (let attempt = 1; attempt < DISCOVERY_ATTEMPTS && isDisturbed(answer) && !dialogue.isLost; attempt++)
    answer = yield* dialogue.request(digits);
  return answer;
}

/** That nobody has it is an answer too. */
function isDisturbed({ reply, answers }: ObdAnswer): boolean {
  return answers.length === 0 && !reply.faults.includes('no-data');
}

function note(answers: readonly EcuAnswer[], supported: Set<number>, ecus: Set<string>): boolean {
  let isAnswered = false;
  for (const { ecu, message } of answers) {
    if (message.kind !== 'values') continue;
    for (const { supportedPids } of message.readings) {
      if (supportedPids === undefined) continue;
      isAnswered = true;
      ecus.add(ecu);
      for (const pid of supportedPids) supported.add(pid);
    }
  }
  return isAnswered;
}

/** Types of information of service 09. */
const VIN = 0x02;
const CALIBRATION_ID = 0x04;
const ECU_NAME = 0x0a;

type Identity = Pick<ObdVehicle, 'vin' | 'calibrationIds' | 'ecuNames'>;

function* identify(dialogue: ElmDialogue): ElmScript<Identity> {
  const types = new Set<number>([VIN]);
  for (const { message } of (yield* insist(dialogue, '0900')).answers)
    if (message.kind === 'vehicle') for (const type of message.info.supportedInfoTypes ?? []) types.add(type);
  let vin: string | undefined;
  const calibrationIds: string[] = [];
  const ecuNames: string[] = [];
  for (const infoType of [VIN, CALIBRATION_ID, ECU_NAME]) {
    if (!types.has(infoType)) continue;
    for (const { message } of (yield* insist(dialogue, `09${hex(infoType)}`)).answers) {
      if (message.kind !== 'vehicle') continue;
      vin ??= message.info.vin;
      calibrationIds.push(...(message.info.calibrationIds ?? []));
      if (message.info.ecuName !== undefined) ecuNames.push(message.info.ecuName);
    }
  }
  return { ...(vin === undefined ? {} : { vin }), calibrationIds, ecuNames };
}

/** Two digits, as requests are written. */
export function hex(value: number): string {
  return value.toString(16).toUpperCase().padStart(2, '0');
}
