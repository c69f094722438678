import { afterEach, describe, expect, it } from 'vitest';
import type { CanFrame } from '#devices/can/can-frame.ts';
import { SLCAN_STATUS_FLAGS } from '#devices/can/slcan/slcan-item.ts';
import { SlcanParser } from '#devices/can/slcan/slcan-parser.ts';
import { FakeClock } from '#firmware-sim/fake-clock.ts';
import type { Firmware, SerialLine } from '#firmware-sim/serial/usb-serial-device.ts';
import { buildDemoVehicle } from '#firmware-sim/vehicle/vehicle.ts';
import { type CanLedgerLine, CheckValue, type FramesEvent } from './can-account.ts';
import { type CanSpec, DEFAULT_BITRATES, DEFAULT_CAN } from './can-spec.ts';
import { SlcanDevice } from './slcan-device.ts';

/** A cable that takes all that is written, or nothing while the host is busy. */
class Cable implements SerialLine {
  readonly isReaderReady = true;
  readonly taken: Uint8Array[] = [];
  isBusy = false;
  isPlugged = false;

  plug(): void {
    this.isPlugged = true;
  }

  unplug(): void {
    this.isPlugged = false;
  }

  setBaud(): void {}

  write(piece: Uint8Array): boolean {
    if (this.isBusy || !this.isPlugged) return false;
    this.taken.push(piece);
    return true;
  }

  [Symbol.dispose](): void {}
}

const devices: SlcanDevice[] = [];

afterEach(async () => {
  for (const device of devices.splice(0)) await device[Symbol.asyncDispose]();
});

function openDevice(choices: Partial<CanSpec> = {}) {
  const bus = choices.bus ?? DEFAULT_CAN.bus;
  const spec = { kind: 'can', ...DEFAULT_CAN, bitrate: DEFAULT_BITRATES[bus], ...choices } as const;
  const clock = new FakeClock();
  const cable = new Cable();
  const ledger: CanLedgerLine[] = [];
  const told: string[] = [];
  let firmware: Firmware | undefined;
  const device = new SlcanDevice(spec, {
    ...{ clock, startedMs: clock.nowMs(), startUnixMs: clock.nowMs(), vehicle: buildDemoVehicle(), random: () => 0.5 },
    openLine: (made) => {
      firmware = made;
      return cable;
    },
    // Nothing else is written down.
    note: (line) => ledger.push(line as CanLedgerLine),
    tell: (text) => told.push(text),
  });
  devices.push(device);
  device.plug();
  const say = (text: string) => firmware?.onBytes(Buffer.from(text, 'latin1'));
  /** What came since the last time. */
  const heard = () => Buffer.concat(cable.taken.splice(0));
  const frames = () => framesIn(heard());
  const account = async (): Promise<FramesEvent> => {
    await device.stop();
    const line = ledger.findLast(({ event }) => event === 'frames');
    if (line?.event !== 'frames') throw new Error('no frames');
    return line;
  };
  return { device, clock, cable, ledger, told, say, heard, frames, account, gone: () => firmware?.onReaderGone(0) };
}

function framesIn(bytes: Uint8Array): readonly CanFrame[] {
  const frames: CanFrame[] = [];
  const parser = new SlcanParser({
    onFrame: (frame) => frames.push({ ...frame, data: frame.data.slice() }),
    onAnswer: () => {},
  });
  parser.push(bytes);
  return frames;
}

describe('SlcanDevice', () => {
  it('begins when somebody first listens, and accounts for every frame, byte for byte', async () => {
    const { account, clock, frames, say } = openDevice();
    clock.advance(5_000);
    expect(frames()).toEqual([]);
    say('S6\rL\r');
    clock.advance(5_000);
    const read = frames();
    const { ids, made, overrun, sent, unheard } = await account();
    expect({ made, overrun, unheard }).toEqual({ made: sent, overrun: 0, unheard: 0 });
    expect(read.length).toBe(sent);
    expect(sent).toBeGreaterThan(1_000);
    for (const { check, id } of ids) {
      const value = new CheckValue();
      for (const { data } of read.filter((frame) => frame.id === Number.parseInt(id, 16))) value.add(data);
      expect(value.toString()).toBe(check);
    }
  });

  it('goes on without a listener, and says how much nobody heard', async () => {
    const { account, clock, frames, gone, say } = openDevice();
    say('S6\rL\r');
    clock.advance(1_000);
    const before = frames().length;
    gone();
    clock.advance(1_000);
    expect(frames()).toEqual([]);
    const { made, sent, unheard } = await account();
    expect(sent).toBe(before);
    expect(unheard).toBe(made - sent);
    expect(unheard).toBeGreaterThan(200);
  });

  it('writes down who acknowledges what others send, and refuses frames of a host that listens [S4]', () => {
    const { clock, frames, heard, ledger, say } = openDevice();
    say('S6\rL\rt1230\r');
    expect(heard().toString('latin1')).toBe('\r\r\x07');
    say('C\rO\rt1240\r');
    clock.advance(1_000);
    expect(frames().some(({ id }) => id === 0x124)).toBe(false);
    expect(ledger).toMatchObject([
      { event: 'opened', mode: 'listenOnly', bitrate: 500_000 },
      { event: 'refused', id: '123' },
      { event: 'closed' },
      { event: 'opened', mode: 'normal', bitrate: 500_000 },
      { event: 'transmitted', id: '124' },
    ]);
  });

  it('hears nothing at another bit rate, and says that it sees errors only', () => {
    const { clock, frames, heard, say, told } = openDevice();
    say('S5\rL\r');
    heard();
    clock.advance(1_000);
    expect(frames()).toEqual([]);
    say('F\r');
    const { busError, errorPassive, errorWarning } = SLCAN_STATUS_FLAGS;
    expect(heard().toString()).toBe(`F${(busError | errorPassive | errorWarning).toString(16).toUpperCase()}\r`);
    expect(told[0]).toContain('hears nothing');
  });

  it('is off the bus until its channel is closed and opened again', () => {
    const { clock, device, frames, say } = openDevice();
    say('S6\rL\r');
    clock.advance(100);
    device.apply({ do: 'busOff', port: 'can' });
    frames();
    clock.advance(5_000);
    expect(frames()).toEqual([]);
    say('C\rL\r');
    clock.advance(100);
    expect(frames().length).toBeGreaterThan(10);
  });

  it('loses whole frames when its memory is full, flags that once, and counts them', async () => {
    const { account, cable, clock, heard, say, frames } = openDevice({ queueFrames: 100 });
    say('S6\rL\r');
    heard();
    cable.isBusy = true;
    clock.advance(2_000);
    cable.isBusy = false;
    clock.advance(10);
    const read = frames();
    say('F\rF\r');
    expect(heard().toString()).toBe('F09\rF00\r');
    const { deepest, made, overrun, sent, unheard } = await account();
    expect(overrun).toBeGreaterThan(200);
    expect(deepest).toBe(100);
    expect(made).toBe(sent + overrun + unheard);
    expect(sent).toBe(read.length + frames().length);
  });

  it('sends no faster than its UART, and so loses what a slow one cannot carry', async () => {
    const { account, clock, heard, say } = openDevice({ baud: 38_400, bus: 'load', framesPerSecond: 1_000 });
    say('S8\rL\r');
    clock.advance(10_000);
    expect(heard().length).toBeLessThanOrEqual(38_400 + 100);
    const { made, overrun, sent } = await account();
    expect(made).toBeGreaterThan(9_900);
    expect(sent).toBeGreaterThan(1_700);
    expect(sent).toBeLessThan(2_100);
    expect(overrun).toBeGreaterThan(7_000);
  });

  it('is stuck for the time of an overrun, and silent for the time of a silence', async () => {
    const { account, clock, device, frames, heard, say } = openDevice({ queueFrames: 50 });
    say('S6\rL\r');
    clock.advance(100);
    frames();
    device.apply({ do: 'overrun', port: 'can', durationMs: 1_000 });
    clock.advance(990);
    expect(heard()).toHaveLength(0);
    clock.advance(20);
    expect(frames().length).toBeGreaterThan(49);
    device.apply({ do: 'silence', port: 'can', durationMs: 1_000 });
    say('V\r');
    clock.advance(990);
    expect(heard()).toHaveLength(0);
    clock.advance(50);
    expect(frames().length).toBeGreaterThan(1);
    const { overrun, unheard } = await account();
    expect(overrun).toBeGreaterThan(100);
    expect(unheard).toBeGreaterThan(200);
  });

  it('shows error flags for as long as they last', () => {
    const { clock, device, heard, say } = openDevice();
    say('S6\rL\r');
    device.apply({ do: 'errorFlags', port: 'can', flags: ['warning'], durationMs: 1_000 });
    const status = () => {
      heard();
      say('F\r');
      return heard().toString();
    };
    expect([status(), status()]).toEqual(['F04\r', 'F04\r']);
    clock.advance(1_000);
    expect(status()).toBe('F00\r');
  });

  it('comes back from an unplugging as a fresh one', () => {
    const { clock, device, frames, gone, say } = openDevice();
    say('S6\rZ1\rL\r');
    clock.advance(100);
    device.apply({ do: 'unplug', port: 'can' });
    gone();
    frames();
    device.apply({ do: 'replug', port: 'can' });
    clock.advance(500);
    expect(frames()).toEqual([]);
    say('S6\rL\r');
    clock.advance(100);
    expect(frames()[0]).not.toHaveProperty('timestampMs');
  });

  it('states times of a clock that goes round each minute', () => {
    const { clock, frames, say } = openDevice();
    say('S6\rZ1\rL\r');
    clock.advance(59_500);
    frames();
    clock.advance(1_000);
    const times = frames().map(({ timestampMs = -1 }) => timestampMs);
    expect(times[0]).toBeGreaterThan(59_400);
    expect(times.at(-1)).toBeLessThan(1_000);
    expect(Math.max(...times)).toBeLessThan(60_000);
  });

  it('falls silent with the ignition, whoever listens, and begins anew with it', () => {
    const { clock, device, frames, say } = openDevice({ bus: 'truck' });
    say('S5\rL\r');
    clock.advance(1_000);
    device.apply({ do: 'ignitionOff', port: 'can' });
    frames();
    say('C\rL\r');
    clock.advance(1_000);
    expect(frames()).toEqual([]);
    device.apply({ do: 'ignitionOn', port: 'can' });
    clock.advance(200);
    // Address claims.
    expect(frames().map(({ id }) => id >>> 8)).toEqual(new Array<number>(6).fill(0x18_eeff));
  });

  it('sends garbage that no parser takes for a frame [S1]', async () => {
    const { account, clock, device, frames, say } = openDevice();
    say('S6\rL\r');
    clock.advance(100);
    device.apply({ do: 'garbage', port: 'can' });
    clock.advance(100);
    const read = frames();
    expect((await account()).sent).toBe(read.length + frames().length);
  });

  it('tells of a step that its bus cannot take', () => {
    const { device, say, told } = openDevice();
    const fault = { do: 'readdress', port: 'can', unit: 'tyres' } as const;
    device.apply(fault);
    say('S6\rL\r');
    device.apply(fault);
    expect(told).toEqual([
      expect.stringContaining('ignition'),
      expect.any(String),
      expect.stringContaining('no tyres'),
    ]);
  });

  it('does not make up for a long pause of the process', () => {
    const { clock, frames, say } = openDevice();
    say('S6\rL\r');
    clock.advance(1_000);
    const perSecond = frames().length;
    clock.jump(60_000);
    clock.advance(10);
    expect(frames().length).toBeLessThan(perSecond / 3);
  });
});
