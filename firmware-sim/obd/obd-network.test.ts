import { describe, expect, it } from 'vitest';
import { decodeObdMessage } from '#devices/obd/decode-obd-message.ts';
import { IsoTpReassembler } from '#devices/obd/iso-tp-reassembler.ts';
import type { ObdMessage } from '#devices/obd/obd-message.ts';
import { DEFAULT_ELM327 } from '#firmware-sim/elm327/elm327-spec.ts';
import { buildDemoVehicle } from '#firmware-sim/vehicle/vehicle.ts';
import { type EcuFrame, ObdNetwork, type ObdNetworkSpec } from './obd-network.ts';

function open(spec: Partial<ObdNetworkSpec> = {}) {
  const vehicle = buildDemoVehicle();
  return new ObdNetwork({ ...DEFAULT_ELM327, ...spec }, { vehicle, startedMs: 0, random: () => 0.5 });
}

function ask(network: ObdNetwork, payload: readonly number[], nowMs = 60_000): readonly EcuFrame[] {
  return network.request({ payload: Uint8Array.from(payload), requestId: undefined, hasFlowControl: true }, nowMs);
}

/** As a tester understands it. */
function understand(frames: readonly EcuFrame[]): readonly ObdMessage[] {
  const messages: ObdMessage[] = [];
  const reassembler = new IsoTpReassembler(({ payload }) => {
    const message = decodeObdMessage(payload);
    if (message.isDecoded) messages.push(message.value);
  });
  for (const { afterMs, data, header } of frames) {
    const id = header.reduce((value, byte) => value * 256 + byte, 0);
    reassembler.take({ id, isExtended: header.length === 4, isRemote: false, data }, afterMs);
  }
  return messages;
}

describe('ObdNetwork', () => {
  it.each(['6', '7'] as const)('says what the vehicle does, in protocol %s', (protocol) => {
    const state = buildDemoVehicle()(60_000);
    const [message] = understand(ask(open({ protocol, ecuCount: 1 }), [0x01, 0x0c, 0x0d, 0x05, 0x2f]));
    const readings = message?.kind === 'values' ? message.readings : [];
    const values = Object.assign({}, ...readings.map((reading) => reading.values));
    expect(values.engineSpeedRpm).toBeCloseTo(state.engineSpeedRpm, -1);
    expect(values.speedKmh).toBe(Math.round(state.speedMps * 3.6));
    expect(values.coolantTemperatureC).toBe(Math.round(state.coolantC));
    expect(values.fuelLevelPercent).toBeCloseTo(state.fuelPercent, 0);
  });

  it('has every parameter that its bitmaps name, and no other', () => {
    const network = open({ ecuCount: 1 });
    const named = [0x00, 0x20, 0x40, 0x60, 0x80, 0xa0].flatMap((bitmap) => {
      const [message] = understand(ask(network, [0x01, bitmap]));
      return message?.kind === 'values' ? (message.readings[0]?.supportedPids ?? []) : [];
    });
    expect(named.length).toBeGreaterThan(25);
    for (let pid = 1; pid < 256; pid++) {
      expect({ pid, isAnswered: ask(network, [0x01, pid]).length > 0 }).toEqual({
        pid,
        isAnswered: named.includes(pid),
      });
    }
  });

  it('knows its number, its codes, and whether its lamp is lit', () => {
    const network = open({ storedDtcs: ['P0301', 'U0100'], pendingDtcs: ['C1234'] });
    const [vin] = understand(ask(network, [0x09, 0x02]));
    expect(vin).toMatchObject({ kind: 'vehicle', info: { vin: DEFAULT_ELM327.vin } });
    const [stored] = understand(ask(network, [0x03]));
    expect(stored).toMatchObject({ kind: 'dtcs', status: 'stored', dtcs: ['P0301', 'U0100'] });
    const [status] = understand(ask(network, [0x01, 0x01]));
    expect(status).toMatchObject({ readings: [{ monitors: { isMilOn: true, dtcCount: 2 } }] });
    network.clearDtcs();
    for (const service of [0x03, 0x07]) expect(understand(ask(network, [service]))[0]).toMatchObject({ dtcs: [] });
  });

  it('lets every control unit speak that is asked, in the order of time', () => {
    const network = open({ ecuCount: 3 });
    const frames = ask(network, [0x01, 0x0d]);
    expect(frames.map(({ header }) => header[1])).toEqual([0xe8, 0xe9, 0xea]);
    expect(frames.map(({ afterMs }) => afterMs)).toEqual(
      frames.map(({ afterMs }) => afterMs).toSorted((a, b) => a - b),
    );
    const to = (requestId: number) =>
      network.request({ payload: Uint8Array.of(0x01, 0x0d), requestId, hasFlowControl: true }, 60_000);
    expect(to(0x7e2).map(({ header }) => header[1])).toEqual([0xea]);
    expect(to(0x123)).toEqual([]);
  });

  it('stops after a first frame that nobody answers', () => {
    const request = { payload: Uint8Array.of(0x09, 0x02), requestId: undefined, hasFlowControl: false };
    expect(open().request(request, 60_000)).toHaveLength(1);
  });

  it('says nothing while the ignition is off', () => {
    const network = open();
    network.ignition.turn(false, 30_000);
    expect(ask(network, [0x01, 0x0c])).toEqual([]);
    expect([30_000, 59_000, 60_000].map((nowMs) => network.isBusAwake(nowMs))).toEqual([true, true, false]);
  });

  it.each([[[]], [[0x05, 0x01]], [[0x01, 1, 3, 4, 5, 6, 7, 0x0b]], [[0x09, 0x0a]]])('says nothing to %j', (payload) => {
    expect(ask(open(), payload)).toEqual([]);
  });
});
