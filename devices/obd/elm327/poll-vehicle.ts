import type { DtcStatus, ObdReading } from '#devices/obd/obd-message.ts';
import { hex, type ObdVehicle } from './discover-vehicle.ts';
import type { ElmDialogue, ElmScript, ObdAnswer } from './elm-dialogue.ts';
import type { ElmListener } from './elm-listener.ts';
import { beginIgnition, type Ignition, stepIgnition } from './ignition.ts';
import { batchPids, MAX_PIDS_PER_REQUEST, type PolledPid, PollPlan } from './poll-plan.ts';
import type { ElmAdapter } from './set-up-adapter.ts';
import { readVoltage } from './set-up-adapter.ts';

/** The supply is measured so often while parameters are asked for. */
export const VOLTAGE_INTERVAL_MS = 5000;
/** Trouble codes are read so often. */
export const DTC_INTERVAL_MS = 60_000;

const RPM = 0x0c;
const SPEED = 0x0d;
const MONITOR_STATUS = 0x01;
const CODE_SERVICES: readonly (readonly [service: string, status: DtcStatus])[] = [
  ['03', 'stored'],
  ['07', 'pending'],
  ['0A', 'permanent'],
];

/** Why the vehicle is not asked any more. */
export type PollEnd = 'lost' | 'silent' | 'ignition-off';

/** Asks one vehicle until it falls silent, its ignition is off, or the adapter is lost. */
export class VehiclePoll {
  readonly #dialogue: ElmDialogue;
  readonly #listener: ElmListener;
  readonly #hasVoltage: boolean;
  readonly #vehicle: ObdVehicle;
  readonly #configured: ReadonlySet<number>;
  readonly #plan: PollPlan;
  #batchSize = 1;
  #failedBatches = 0;
  #ignition: Ignition;

  constructor(
    dialogue: ElmDialogue,
    listener: ElmListener,
    adapter: ElmAdapter,
    vehicle: ObdVehicle,
    pids: readonly PolledPid[],
  ) {
    this.#dialogue = dialogue;
    this.#listener = listener;
    this.#hasVoltage = adapter.hasVoltage;
    this.#vehicle = vehicle;
    const known = pids.filter(({ pid }) => vehicle.supportedPids.has(pid));
    this.#configured = new Set(known.map(({ pid }) => pid));
    const { nowMs } = dialogue;
    this.#plan = new PollPlan(withEngineSpeed(known, vehicle), nowMs);
    this.#ignition = beginIgnition(nowMs);
  }

  *run(): ElmScript<PollEnd> {
    const dialogue = this.#dialogue;
    this.#batchSize = (yield* this.#testBatch()) ? MAX_PIDS_PER_REQUEST : 1;
    let [voltageMs, codesMs] = [dialogue.nowMs, dialogue.nowMs];
    for (;;) {
      if (this.#hasVoltage && dialogue.nowMs >= voltageMs) {
        voltageMs = dialogue.nowMs + VOLTAGE_INTERVAL_MS;
        yield* this.#measure();
      }
      if (dialogue.nowMs >= codesMs) {
        codesMs = dialogue.nowMs + DTC_INTERVAL_MS;
        yield* this.#readCodes();
      }
      if (dialogue.nowMs >= this.#plan.dueMs) yield* this.#round();
      if (dialogue.isLost) return 'lost';
      if (this.#ignition.verdict !== 'on') return this.#ignition.verdict;
      yield* dialogue.waitUntil(Math.min(this.#plan.dueMs, codesMs, this.#hasVoltage ? voltageMs : codesMs));
    }
  }

  /** Whether adapter and vehicle take two parameters in one request; what they say of themselves proves nothing. */
  *#testBatch(): ElmScript<boolean> {
    const bus = this.#vehicle.protocol?.bus;
    const pair = [...this.#configured].slice(0, 2);
    if ((bus !== 'can11' && bus !== 'can29') || pair.length < 2) return false;
    const { answers } = yield* this.#dialogue.request(`01${pair.map(hex).join('')}`);
    return answers.some(
      ({ message }) =>
        message.kind === 'values' && pair.every((pid) => message.readings.some((reading) => reading.pid === pid)),
    );
  }

  *#round(): ElmScript<void> {
    const readings = new Map<number, ObdReading>();
    const asked = this.#plan.take(this.#dialogue.nowMs);
    for (const pids of batchPids(asked, this.#batchSize)) {
      const answer = yield* this.#dialogue.request(`01${pids.map(hex).join('')}`);
      if (this.#dialogue.isLost) return;
      gather(answer, readings);
      this.#judgeBatch(pids, answer, readings);
    }
    this.#ignition = stepIgnition(this.#ignition, this.#dialogue.nowMs, {
      kind: 'round',
      isAnswered: readings.size > 0,
      isRunning: isMoving(readings.get(RPM)) || isMoving(readings.get(SPEED)),
    });
    // An answer that comes late brings parameters that this round did not ask for.
    this.#listener.onRound(asked.filter((pid) => readings.has(pid)).length);
    const wanted = [...readings.values()].filter(({ pid }) => this.#configured.has(pid));
    if (wanted.length > 0) this.#listener.onReadings(wanted);
  }

  /** Twice in a row without what was asked for: one at a time from now on. */
  #judgeBatch(pids: readonly number[], { reply }: ObdAnswer, readings: ReadonlyMap<number, ObdReading>): void {
    if (pids.length === 1 || reply.faults.includes('no-data')) return;
    const isWhole = pids.every((pid) => readings.has(pid));
    this.#failedBatches = isWhole ? 0 : this.#failedBatches + 1;
    if (this.#failedBatches >= 2) this.#batchSize = 1;
  }

  *#measure(): ElmScript<void> {
    const volts = yield* readVoltage(this.#dialogue);
    this.#listener.onVoltage(volts);
    this.#ignition = stepIgnition(this.#ignition, this.#dialogue.nowMs, { kind: 'voltage', volts });
  }

  *#readCodes(): ElmScript<void> {
    for (const [service, status] of CODE_SERVICES) {
      const byEcu = new Map<string, Set<string>>();
      const { answers, isWhole } = yield* this.#dialogue.request(service);
      for (const { ecu, message } of answers) {
        if (message.kind !== 'dtcs' || message.status !== status) continue;
        const codes = byEcu.get(ecu) ?? new Set();
        for (const code of message.dtcs) codes.add(code);
        byEcu.set(ecu, codes);
      }
      if (this.#dialogue.isLost) return;
      for (const [ecu, codes] of byEcu) this.#listener.onCodes(ecu, status, codes, isWhole);
    }
    const readings = new Map<number, ObdReading>();
    gather(yield* this.#dialogue.request(`01${hex(MONITOR_STATUS)}`), readings);
    const monitors = readings.get(MONITOR_STATUS);
    if (monitors !== undefined) this.#listener.onReadings([monitors]);
  }
}

/** Engine speed tells whether the engine runs, so it is asked for in any case. */
function withEngineSpeed(pids: readonly PolledPid[], { supportedPids }: ObdVehicle): readonly PolledPid[] {
  if (!supportedPids.has(RPM) || pids.some(({ pid }) => pid === RPM)) return pids;
  return [...pids, { pid: RPM, intervalMs: VOLTAGE_INTERVAL_MS }];
}

/** Where several control units answer the same, the one with the lowest address counts: it is the engine's. */
function gather({ answers }: ObdAnswer, readings: Map<number, ObdReading>): void {
  const sorted = answers.length > 1 ? [...answers].sort((a, b) => (a.ecu < b.ecu ? -1 : 1)) : answers;
  for (const { message } of sorted) {
    if (message.kind !== 'values' || message.service !== 0x01) continue;
    for (const reading of message.readings) if (!readings.has(reading.pid)) readings.set(reading.pid, reading);
  }
}

function isMoving(reading: ObdReading | undefined): boolean {
  return reading !== undefined && Object.values(reading.values).some((value) => value > 0);
}
