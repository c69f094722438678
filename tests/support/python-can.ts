import { runToEnd } from './child.ts';
import { isOnPath } from './is-on-path.ts';

/** Under CI it must be there: a test that runs nowhere is worse than none. */
export const HAS_PYTHON_CAN = (process.env['CI'] ?? '') !== '' || isOnPath('can_logger');

/** Why a test was skipped, as part of its name. */
export const NEEDS_PYTHON_CAN = HAS_PYTHON_CAN
  ? ''
  : ' (skipped: python-can is missing; install the package python3-can)';

/** What python-can read of a port. */
export interface PythonReading {
  /** Frames in their order, as `candump` writes them. */
  readonly frames: readonly string[];
  readonly version: readonly [number | null, number | null];
}

/**
 * Opens a port as python-can does (`C`, `S`, `O`; it cannot listen only), asks for the version, sends a frame, reads on, closes the
 * channel, and reads what is still there.
 */
export async function readWithPythonCan(port: string, bitrate: number, seconds: number): Promise<PythonReading> {
  // The interpreter of the distribution has the distribution's packages.
  const { code, stderr, stdout } = await runToEnd('/usr/bin/python3', ['-c', READER, port, `${bitrate}`, `${seconds}`]);
  if (code !== 0) throw new Error(`python-can failed:\n${stderr}`);
  return JSON.parse(stdout);
}

const READER = `
import can, json, sys, time
port, bitrate, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
bus = can.Bus(interface='slcan', channel=port, bitrate=bitrate, sleep_after_open=0.3)
frames = []
def read(until, pause):
    while time.time() < until:
        message = bus.recv(pause)
        if message is None:
            if pause < 0.3: continue
            return
        digits = '08X' if message.is_extended_id else '03X'
        frames.append(format(message.arbitration_id, digits) + '#' + bytes(message.data).hex().upper())
bus.send(can.Message(arbitration_id=0x7FF, is_extended_id=False, data=[1, 2, 3]))
read(time.time() + seconds, 0.1)
bus.close()
read(time.time() + 5, 0.5)
version = bus.get_version(0.3)
bus.shutdown()
print(json.dumps({'frames': frames, 'version': version}))
`;
