import { expect, it } from 'vitest';
import type { CanFrame } from '#devices/can/can-frame.ts';
import { compileDbc } from '#devices/can/dbc/compile-dbc.ts';
import { parseDbc } from '#devices/can/dbc/parse-dbc.ts';
import { encodeDiagnosticMessage, encodeDtc } from '#devices/can/j1939/diagnostic-message.ts';
import { encodeJ1939Id } from '#devices/can/j1939/j1939-id.ts';
import { writeJ1939Name } from '#devices/can/j1939/j1939-name.ts';
import { segmentTransfer } from '#devices/can/j1939/segment-transfer.ts';
import { encodeVin } from '#devices/can/j1939/vehicle-identification.ts';
import { openCanPipeline } from './can-pipeline.ts';
import type { J1939Choice } from './j1939-stage.ts';

const DBC = `VERSION ""
BO_ 2364540158 EEC1: 8 Vector__XXX
 SG_ EngineTorqueMode : 0|4@1+ (1,0) [0|15] "" Vector__XXX
 SG_ EngineSpeed : 24|16@1+ (0.125,0) [0|8031.875] "rpm" Vector__XXX
BO_ 2566843646 Long: 18 Vector__XXX
 SG_ Last : 80|8@1+ (1,0) [0|0] "" Vector__XXX
BA_DEF_ BO_ "VFrameFormat" ENUM "StandardCAN","ExtendedCAN","reserved","J1939PG";
BA_DEF_DEF_ "VFrameFormat" "FORMAT";
`;

const NAME = 0xbbdc_a59d_9a5a_bcden;

/** A bus whose frames become events: topics below the device, and what the events say. */
function openBus(j1939?: J1939Choice, format = 'J1939PG') {
  const dbc = parseDbc(DBC.replace('FORMAT', format));
  if (!dbc.isDecoded) throw new Error(dbc.reason);
  const events: (readonly [string, unknown])[] = [];
  let nowMs = 1000;
  const pipeline = openCanPipeline({
    device: { id: 'can0', ...(j1939 === undefined ? {} : { j1939 }) },
    databases: [compileDbc(dbc.value)],
    send: (name, payload) => events.push([name, JSON.parse(Buffer.from(payload).toString()).data]),
    stamp: () => ({ wallMs: 1_700_000_000_000 + nowMs, monotonicMs: nowMs, clockRun: 'run', quality: 'system' }),
    clock: { monotonicMs: () => nowMs },
  });
  const hear = (frame: CanFrame) => {
    nowMs += 10;
    // The source of frames uses its bytes again.
    const data = Uint8Array.from(frame.data);
    pipeline.take({ ...frame, data });
    data.fill(0xee);
  };
  return {
    pipeline,
    events: () => events.splice(0),
    frame(pgn: number, source: number, data: Uint8Array | string, destination = 255) {
      const bytes = typeof data === 'string' ? Buffer.from(data, 'hex') : data;
      const id = encodeJ1939Id({ priority: 6, pgn, source, destination });
      hear({ id, isExtended: true, isRemote: false, data: bytes });
    },
    transfer(pgn: number, source: number, data: Uint8Array, destination = 255) {
      for (const frame of segmentTransfer({ priority: 7, pgn, source, destination, data })) hear(frame);
    },
    wait(ms: number) {
      nowMs += ms;
      pipeline.tick();
    },
  };
}

it('publishes a parameter group of any source, without what is absent', () => {
  const bus = openBus();
  bus.frame(61444, 0x21, 'f1ff7d2d2effffff');
  bus.frame(61444, 0, 'ffff7dffffffffff');
  expect(bus.events()).toEqual([
    [
      'EEC1',
      {
        ...{ message: 'EEC1', pgn: 61444, sourceAddress: 0x21 },
        signals: { EngineTorqueMode: { value: 1 }, EngineSpeed: { value: 1477.625, unit: 'rpm' } },
      },
    ],
    ['EEC1', { message: 'EEC1', pgn: 61444, sourceAddress: 0, signals: {} }],
  ]);
});

it('publishes what came in transfers, and says how', () => {
  const bus = openBus();
  bus.transfer(
    65260,
    0,
    Uint8Array.from({ length: 18 }, (_, index) => index),
  );
  bus.transfer(
    65260,
    0,
    Uint8Array.from({ length: 18 }, (_, index) => index + 1),
    9,
  );
  expect(bus.events()).toEqual([
    ['Long', { message: 'Long', pgn: 65260, sourceAddress: 0, transport: 'bam', signals: { Last: { value: 10 } } }],
    [
      'Long',
      {
        ...{ message: 'Long', pgn: 65260, sourceAddress: 0, destinationAddress: 9, transport: 'rtsCts' },
        signals: { Last: { value: 11 } },
      },
    ],
  ]);
  bus.transfer(65000, 0, new Uint8Array(20));
  expect([bus.events(), bus.pipeline.rejections()]).toMatchObject([[], { 'unknown-transfer': 1, 'unknown-id': 0 }]);
});

it('publishes nodes, and names them in what they say', () => {
  const bus = openBus();
  bus.frame(60928, 0x21, writeJ1939Name(NAME));
  bus.frame(61444, 0x21, 'f1ff7d2d2effffff');
  bus.frame(60928, 0x22, writeJ1939Name(NAME));
  expect(bus.events()).toMatchObject([
    ['node', { change: 'claimed', name: 'BBDCA59D9A5ABCDE', address: 0x21, manufacturerCode: 1234 }],
    ['EEC1', { name: 'BBDCA59D9A5ABCDE' }],
    ['node', { change: 'moved', address: 0x22, previousAddress: 0x21, arbitraryAddressCapable: true }],
  ]);
});

it('publishes trouble codes as they are raised and cleared, by NAME over another address', () => {
  const bus = openBus();
  const dtcs = [110, 111].map((spn) => ({ bits: encodeDtc({ spn, fmi: 3, occurrenceCount: 2 }) }));
  bus.frame(65226, 0x21, encodeDiagnosticMessage({ amberWarning: 'on' }, dtcs.slice(0, 1)));
  bus.frame(60928, 0x21, writeJ1939Name(NAME));
  bus.wait(1000);
  bus.transfer(65226, 0x21, encodeDiagnosticMessage({ amberWarning: 'on' }, dtcs));
  expect(bus.events().slice(1)).toEqual([
    [
      'dtc',
      {
        ...{ state: 'raised', spn: 110, fmi: 3, occurrenceCount: 2, sourceAddress: 0x21, name: 'BBDCA59D9A5ABCDE' },
        ...{ lamps: { amberWarning: 'on' }, onset: 'unknown', firstSeenAgoMs: 1040, lastSeenAgoMs: 0 },
      },
    ],
  ]);
  bus.frame(60928, 0x22, writeJ1939Name(NAME));
  bus.wait(60_000);
  bus.transfer(65226, 0x22, encodeDiagnosticMessage({ amberWarning: 'on' }, dtcs));
  bus.frame(65226, 0x22, encodeDiagnosticMessage({}, []));
  expect(bus.events().slice(1)).toMatchObject([
    ['dtc', { state: 'raised', spn: 111, sourceAddress: 0x22, onset: 'seen' }],
    ['dtc', { state: 'cleared', spn: 110, sourceAddress: 0x22, lastSeenAgoMs: 10 }],
    ['dtc', { state: 'cleared', spn: 111 }],
  ]);
  expect(bus.pipeline.rejections()).toMatchObject({ 'unknown-transfer': 0 });
});

it('publishes the bytes of a code whose SPN cannot be told', () => {
  const bus = openBus();
  for (let cycle = 0; cycle < 2; cycle++) bus.frame(65226, 0, encodeDiagnosticMessage({}, [{ bits: 0x8103006e }]));
  const [event] = bus.events();
  expect(event).toMatchObject(['dtc', { fmi: 3, conversionMethod: 1, bytes: '6e000381' }]);
  expect(event).not.toHaveProperty('1.spn');
});

it('publishes the VIN when it is heard first and when it is another', () => {
  const bus = openBus();
  bus.transfer(65260, 0, encodeVin('WSTGATEW0Y0000042'));
  bus.transfer(65260, 0, encodeVin('WSTGATEW0Y0000042'));
  bus.transfer(65260, 3, encodeVin('WSTGATEW0Y0000042'));
  bus.transfer(65260, 0, Uint8Array.of(...new Uint8Array(17).fill(255), 0x2a));
  bus.transfer(65260, 0, encodeVin('WSTGATEW0Y0000043'));
  expect(bus.events().filter(([name]) => name === 'vehicle')).toEqual([
    ['vehicle', { vin: 'WSTGATEW0Y0000042', sourceAddress: 0 }],
    ['vehicle', { vin: 'WSTGATEW0Y0000042', sourceAddress: 3 }],
    ['vehicle', { vin: 'WSTGATEW0Y0000043', sourceAddress: 0 }],
  ]);
  expect(bus.pipeline.rejections()).toMatchObject({ 'unknown-transfer': 0 });
});

it('counts what became of no message', () => {
  const bus = openBus();
  for (const frame of segmentTransfer({
    priority: 7,
    pgn: 65260,
    source: 0,
    destination: 255,
    data: new Uint8Array(18),
  })) {
    if (frame.data[0] !== 2) bus.pipeline.take(frame);
  }
  expect([bus.events(), bus.pipeline.rejections()]).toMatchObject([[], { 'sequence-gap': 1 }]);
});

it('reads a bus as J1939 where a file says so, or the configuration', () => {
  const heard = (...options: Parameters<typeof openBus>) => {
    const bus = openBus(...options);
    bus.frame(61444, 0x21, 'f1ff7d2d2effffff');
    return bus.events().length;
  };
  expect([heard(), heard(false), heard('auto', 'ExtendedCAN'), heard(true, 'ExtendedCAN')]).toEqual([1, 0, 0, 1]);
});
