import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { CanFrame } from '#devices/can/can-frame.ts';
import { compileDbc } from '#devices/can/dbc/compile-dbc.ts';
import { parseDbc } from '#devices/can/dbc/parse-dbc.ts';
import type { ClaimChange } from '#devices/can/j1939/address-book.ts';
import type { DtcChange } from '#devices/can/j1939/dtc-tracker.ts';
import { J1939Bus } from '#devices/can/j1939/j1939-bus.ts';
import { decodeJ1939Id, NULL_ADDRESS } from '#devices/can/j1939/j1939-id.ts';
import type { J1939Message } from '#devices/can/j1939/j1939-message.ts';
import { buildDemoVehicle } from '#firmware-sim/vehicle/vehicle.ts';
import { CanBus } from './can-bus.ts';
import { ENGINE_IDENTIFICATION, nameOf, TRUCK_DBC, TRUCK_VIN, TruckBus } from './truck-bus.ts';
import { TRUCK_UNITS } from './truck-units.ts';

const vehicle = buildDemoVehicle();
const BITRATE = 250_000;

/** A truck whose bus is listened to by the decoders of `devices/can/j1939`. */
function openTruck() {
  const frames: { readonly frame: CanFrame; readonly atMs: number }[] = [];
  const messages: J1939Message[] = [];
  const claims: ClaimChange[] = [];
  const codes: DtcChange[] = [];
  const listener = new J1939Bus({
    onMessage: (message) => messages.push({ ...message, data: message.data.slice() }),
    onClaim: (change) => claims.push(change),
    onDtc: (change) => codes.push(change),
  });
  const bus = new CanBus({
    bitrate: BITRATE,
    onFrame: (frame, atMs) => {
      frames.push({ frame, atMs });
      listener.take(frame, atMs);
    },
  });
  const truck = new TruckBus({ bus, stateAt: vehicle, unixMsAt: (busMs) => busMs });
  const play = (toMs: number) => {
    for (let atMs = 0; atMs <= toMs; atMs += 100) {
      bus.advance(atMs);
      listener.tick(atMs);
    }
  };
  const sent = (pgn: number, source?: number) =>
    frames.filter(({ frame }) => {
      const id = decodeJ1939Id(frame.id);
      return id.pgn === pgn && (source === undefined || id.source === source);
    });
  return { bus, truck, play, frames, messages, claims, codes, sent, listener };
}

function loadTruckDbc() {
  const dbc = parseDbc(readFileSync(TRUCK_DBC, 'utf8'));
  if (!dbc.isDecoded) throw new Error(dbc.reason);
  return dbc.value;
}

const PLAYED_MS = 16_000;

describe('the bus of the truck', () => {
  const quiet = openTruck();
  quiet.play(PLAYED_MS);

  it('has a DBC without a doubt in it, with a number and a format for each signal and message', () => {
    const { messages, warnings } = loadTruckDbc();
    expect(warnings).toEqual([]);
    const text = readFileSync(TRUCK_DBC, 'utf8');
    const groups = TRUCK_UNITS.flatMap((unit) => unit.groups);
    expect(groups.map(({ message }) => message).toSorted()).toEqual(messages.map(({ name }) => name).toSorted());
    for (const { message, periodMs } of groups) {
      const { id = 0, signals = [] } = messages.find(({ name }) => name === message) ?? {};
      const place = `BO_ ${id + 2 ** 31}`;
      expect(text).toContain(`BA_ "VFrameFormat" ${place} 3;`);
      expect(text).toContain(`BA_ "GenMsgCycleTime" ${place} ${periodMs};`);
      for (const { name } of signals) expect(text).toMatch(new RegExp(`BA_ "SPN" SG_ ${id + 2 ** 31} ${name} \\d+;`));
    }
  });

  it('claims an address for each unit before anything else is said', () => {
    const { claims, frames } = quiet;
    expect(claims.map(({ address, kind, name }) => ({ address, kind, name }))).toEqual(
      TRUCK_UNITS.map((unit) => ({ address: unit.address, kind: 'claimed', name: nameOf(unit) })),
    );
    const first = frames.slice(0, TRUCK_UNITS.length).map(({ frame }) => decodeJ1939Id(frame.id).pgn);
    expect(new Set(first)).toEqual(new Set([60928]));
  });

  it('keeps its cycle times and never carries more than its bit rate', () => {
    const { bus, sent } = quiet;
    const { messages } = loadTruckDbc();
    for (const { message, periodMs } of TRUCK_UNITS.flatMap((unit) => unit.groups)) {
      const { pgn } = decodeJ1939Id(messages.find(({ name }) => name === message)?.id ?? 0);
      const count = sent(pgn).length;
      // The first quarter of a second belongs to the claims.
      expect(count, message).toBeGreaterThanOrEqual(Math.floor((PLAYED_MS - 500) / periodMs));
      expect(count, message).toBeLessThanOrEqual(Math.ceil(PLAYED_MS / periodMs));
    }
    expect(bus.displacedCount).toBe(0);
    const load = (bus.bitCount * 1_000) / (BITRATE * PLAYED_MS);
    expect(load).toBeLessThan(0.3);
    expect(load).toBeGreaterThan(0.1);
  });

  it('says what the vehicle does, and leaves out what a unit does not know', () => {
    const { sent } = quiet;
    const { messages } = loadTruckDbc();
    const read = (name: string, signal: string) => {
      const message = messages.find((candidate) => candidate.name === name);
      const { frame, atMs } = sent(decodeJ1939Id(message?.id ?? 0).pgn).at(-1) ?? {};
      const decoded = compileDbc({ messages }).decode({
        ...(frame ?? { data: new Uint8Array() }),
        id: message?.id ?? 0,
        isExtended: true,
        isRemote: false,
      });
      return {
        value: Number(decoded?.signals[signal]?.phys),
        raw: Number(decoded?.signals[signal]?.raw),
        state: vehicle(atMs ?? 0),
      };
    };
    const speed = read('CCVS1', 'WheelBasedVehicleSpeed');
    expect(speed.value).toBeGreaterThan(10);
    expect(Math.abs(speed.value - speed.state.speedMps * 3.6)).toBeLessThan(0.05);
    const engine = read('EEC1', 'EngineSpeed');
    expect(Math.abs(engine.value - engine.state.engineSpeedRpm)).toBeLessThan(1);
    expect(read('ET1', 'EngineCoolantTemperature').value).toBeCloseTo(vehicle(PLAYED_MS).coolantC, -1);
    expect(read('DD1', 'FuelLevel1').value).toBeCloseTo(vehicle(PLAYED_MS).fuelPercent, 0);
    expect(read('ET1', 'TurbochargerOilTemperature').raw).toBe(0xffff);
    expect(read('EBC2', 'RelativeSpeedRear2Left').raw).toBe(0xff);
    expect(read('CCVS1', 'ClutchSwitch').raw).toBe(3);
  });

  it('announces the vehicle by BAM, and answers one unit by agreement', () => {
    const { listener, messages } = quiet;
    const textOf = (message?: J1939Message) => Buffer.from(message?.data ?? []).toString('latin1');
    const vins = messages.filter(({ pgn }) => pgn === 65260);
    expect(vins.map(({ transport }) => transport)).toEqual(['bam', 'bam']);
    expect(textOf(vins[0])).toBe(`${TRUCK_VIN}*`);
    const [answer, ...others] = messages.filter(({ pgn }) => pgn === 65259);
    expect(answer).toMatchObject({ transport: 'rtsCts', source: 0x00, destination: 0x17 });
    expect(textOf(answer)).toBe(ENGINE_IDENTIFICATION);
    expect(others).toEqual([]);
    expect(Object.values(listener.rejections).every((count) => count === 0)).toBe(true);
  });

  it('tells of one fault in a frame, of several by BAM, and of their end', () => {
    const { bus, codes, messages, play, truck } = openTruck();
    bus.at(1_500, () => truck.setCode('engine', { spn: 110, fmi: 0 }, true));
    bus.at(4_500, () => truck.setCode('engine', { spn: 0x7_0123, fmi: 31 }, true));
    bus.at(4_500, () => truck.setCode('engine', { spn: 100, fmi: 1 }, true));
    bus.at(8_500, () => truck.setCode('engine', { spn: 110, fmi: 0 }, false));
    play(13_500);
    expect(codes.map(({ dtc, source, state }) => [state, source, dtc.spn, dtc.fmi])).toEqual([
      ['raised', 0, 110, 0],
      ['raised', 0, 0x7_0123, 31],
      ['raised', 0, 100, 1],
      ['cleared', 0, 110, 0],
    ]);
    const transports = new Set(
      messages.filter(({ pgn, source }) => pgn === 65226 && source === 0).map(({ transport }) => transport),
    );
    expect(transports).toEqual(new Set(['frame', 'bam']));
    expect(truck.setCode('radio', { spn: 1, fmi: 1 }, true)).toBe(false);
  });

  it('makes one transfer at a time, however many faults there are', () => {
    const { bus, listener, messages, play, truck } = openTruck();
    bus.at(500, () => {
      for (let spn = 1; spn <= 30; spn++) truck.setCode('engine', { spn, fmi: 2 }, true);
    });
    play(5_000);
    const long = messages.find(({ pgn, transport }) => pgn === 65226 && transport === 'bam');
    expect(long?.data).toHaveLength(2 + 4 * 30);
    expect(messages.filter(({ pgn }) => pgn === 65260)).toHaveLength(1);
    expect(Object.values(listener.rejections).every((count) => count === 0)).toBe(true);
  });

  it('says again who it is when somebody asks, and goes on meanwhile', () => {
    const { bus, play, sent } = openTruck();
    const data = Uint8Array.of(0x00, 0xee, 0x00);
    bus.at(1_000, () => bus.send({ id: 0x18ea_fff9, isExtended: true, isRemote: false, data }));
    play(1_500);
    expect(sent(60928)).toHaveLength(2 * TRUCK_UNITS.length);
    expect(sent(61442).filter(({ atMs }) => atMs > 1_000 && atMs < 1_250).length).toBeGreaterThan(20);
  });

  it('gives way to a lower NAME, takes another address, and goes on [SAE J1939-81]', () => {
    const { bus, claims, play, sent, truck } = openTruck();
    bus.at(3_000, () => truck.takeAddress('tyres'));
    play(6_000);
    const tyres = TRUCK_UNITS.find(({ name }) => name === 'tyres');
    const name = tyres === undefined ? 0n : nameOf(tyres);
    expect(claims.findLast((change) => change.name === name)).toMatchObject({ address: 128 });
    expect(sent(65268, 0x33).every(({ atMs }) => atMs < 3_010)).toBe(true);
    expect(sent(65268, 128).length).toBeGreaterThan(3);
  });

  it('falls silent when it may not take another address', () => {
    const { bus, claims, play, sent, truck } = openTruck();
    bus.at(3_000, () => truck.takeAddress('transmission'));
    play(5_000);
    expect(sent(61442).every(({ atMs }) => atMs < 3_010)).toBe(true);
    expect(sent(60928, NULL_ADDRESS)).toHaveLength(1);
    expect(claims).toContainEqual(expect.objectContaining({ kind: 'lost', previousAddress: 0x03 }));
    expect(truck.takeAddress('transmission')).toBe(false);
  });
});
