/**
 * A process of its own that reads the frames of one SLCAN capture with one reader, again and again for a second, and prints what it cost as one
 * line of JSON, with the sum of all values of one pass: readers that understand the same have the same.
 *
 * `node bench/can-reader.ts slcan|waystation|waystation-objects|j1939|candied CAPTURE DBC`; `can-reader.py` is the same in Python.
 */
import { readFileSync } from 'node:fs';
import type { CanFrame } from '#devices/can/can-frame.ts';
import { compileDbc } from '#devices/can/dbc/compile-dbc.ts';
import type { MessageDecoder } from '#devices/can/dbc/message-decoder.ts';
import { parseDbc } from '#devices/can/dbc/parse-dbc.ts';
import { SignalValues } from '#devices/can/dbc/signal-values.ts';
import { type AbsenceRule, compileAbsence } from '#devices/can/j1939/absence-rule.ts';
import { compileJ1939 } from '#devices/can/j1939/compile-j1939.ts';
import { J1939Bus } from '#devices/can/j1939/j1939-bus.ts';
import { SlcanParser } from '#devices/can/slcan/slcan-parser.ts';

/** What one run cost, as it is printed. */
export interface CanReaderCost {
  readonly framesPerSecond: number;
  readonly cpuUsPerFrame: number;
  /** Of all physical values of all frames; of a reader of frames, of their bytes. */
  readonly sum: number;
}

/** As a serial port gives them. */
const CHUNK_BYTES = 4096;
/** Code is compiled then. */
const WARM_UP_MS = 500;
const MEASURED_MS = 1000;

const [reader = '', captureFile = '', dbcFile = ''] = process.argv.slice(2);
const capture = readFileSync(captureFile);
const dbcText = readFileSync(dbcFile, 'utf8');
const frames = readSlcan();
const readOnce = await openReader();
const sum = readOnce();
for (const endMs = performance.now() + WARM_UP_MS; performance.now() < endMs; ) readOnce();
const startedMs = performance.now();
const before = process.cpuUsage();
let passCount = 0;
for (; performance.now() - startedMs < MEASURED_MS; passCount++) readOnce();
const cpu = process.cpuUsage(before);
const frameCount = passCount * frames.length;
const cost: CanReaderCost = {
  framesPerSecond: frameCount / ((performance.now() - startedMs) / 1000),
  cpuUsPerFrame: (cpu.user + cpu.system) / frameCount,
  sum,
};
console.log(JSON.stringify(cost));

function readSlcan(): readonly CanFrame[] {
  const found: CanFrame[] = [];
  const parser = new SlcanParser({ onFrame: (frame) => found.push({ ...frame, data: frame.data.slice() }) });
  parser.push(capture);
  return found;
}

/** @returns what reads everything once, and gives the sum */
async function openReader(): Promise<() => number> {
  switch (reader) {
    case 'slcan':
      return sumBytes;
    case 'waystation':
      return openDbc();
    case 'waystation-objects':
      return openDbcObjects();
    case 'j1939':
      return openJ1939();
    case 'candied':
      return await openCandied();
    default:
      throw new Error(`no reader ${reader}`);
  }
}

function sumBytes(): number {
  let total = 0;
  const parser = new SlcanParser({
    onFrame: ({ data }) => {
      for (let index = 0; index < data.length; index++) total += data[index] ?? 0;
    },
  });
  for (let start = 0; start < capture.length; start += CHUNK_BYTES)
    parser.push(capture.subarray(start, start + CHUNK_BYTES));
  return total;
}

function loadDbc() {
  const dbc = parseDbc(dbcText);
  if (!dbc.isDecoded) throw new Error(dbc.reason);
  return compileDbc(dbc.value);
}

function sumPresent({ isPresent, physical }: SignalValues): number {
  let total = 0;
  for (let index = 0; index < physical.length; index++) if (isPresent[index] === 1) total += physical[index] ?? 0;
  return total;
}

function openDbc(): () => number {
  const decoder = loadDbc();
  const rooms = new Map(decoder.messages.map((each) => [each, new SignalValues(each.message.signals.length)]));
  return () => {
    let total = 0;
    for (const { data, id, isExtended } of frames) {
      const message = decoder.find(id, isExtended);
      const values = message && rooms.get(message);
      if (message === undefined || values === undefined) continue;
      message.read(data, values);
      total += sumPresent(values);
    }
    return total;
  };
}

function openDbcObjects(): () => number {
  const decoder = loadDbc();
  return () => {
    let total = 0;
    for (const frame of frames) {
      const { signals = {} } = decoder.decode(frame) ?? {};
      for (const name in signals) total += Number(signals[name]?.phys ?? 0);
    }
    return total;
  };
}

/** From frames of the bus to the values of its messages, those that are not available left out. */
function openJ1939(): () => number {
  const groups = compileJ1939([loadDbc()]);
  const rooms = new Map<MessageDecoder, { readonly values: SignalValues; readonly absence: AbsenceRule }>();
  return () => {
    let total = 0;
    const bus = new J1939Bus({
      onMessage: ({ data, pgn, source }) => {
        const decoder = groups.find(pgn, source);
        if (decoder === undefined) return;
        let room = rooms.get(decoder);
        if (room === undefined) {
          room = { values: new SignalValues(decoder.message.signals.length), absence: compileAbsence(decoder.message) };
          rooms.set(decoder, room);
        }
        decoder.read(data, room.values);
        room.absence.clearAbsent(room.values);
        total += sumPresent(room.values);
      },
      onClaim: () => {},
      onDtc: () => {},
    });
    for (const frame of frames) bus.take(frame, 0);
    return total;
  };
}

async function openCandied(): Promise<() => number> {
  const { Can, Dbc } = await import('candied');
  const can = new Can();
  can.database = new Dbc().load(dbcText);
  const made = frames.map(({ data, id, isExtended }) => can.createFrame(id, [...data], isExtended));
  return () => {
    let total = 0;
    for (const frame of made) {
      for (const { value } of can.decode(frame)?.boundSignals.values() ?? []) total += value;
    }
    return total;
  };
}
