import type { ErrorEntry } from './error-entry.ts';

/** Codes of ports, devices and what describes them. */
export const DEVICE_ERRORS = {
  'port.missing': {
    exitCode: 1,
    isRetryable: true,
    remedy: 'Plug the device in; the gateway opens it as soon as the path exists.',
  },
  'port.failed': {
    exitCode: 1,
    isRetryable: true,
    remedy: 'Check the cable and that no other program holds the port.',
  },
  'port.replaced': {
    exitCode: 1,
    isRetryable: true,
    remedy:
      'If the device was exchanged, put the path named into the configuration; else plug in the one that is configured: the gateway opens it as soon as the path exists.',
  },
  'port.inUse': {
    exitCode: 69,
    isRetryable: true,
    remedy:
      'Stop the program named, or give each device a port of its own; for gpsd: `sudo systemctl disable --now gpsd.socket gpsd`. A gateway that runs goes on trying.',
  },
  'port.denied': {
    exitCode: 1,
    isRetryable: true,
    remedy:
      'Let the user into the group that owns the port (`sudo usermod -aG dialout USER` on Debian), then log in or start the gateway again.',
  },
  'port.unintelligible': {
    exitCode: 1,
    isRetryable: true,
    remedy:
      'Check that the device is of the configured type, and its wiring; a receiver speaks NMEA 0183 or UBX. `waystation devices probe PATH` shows what comes. The gateway goes on listening at every rate.',
  },
  'port.silent': {
    exitCode: 1,
    isRetryable: true,
    remedy:
      'Check the power and the wiring of the device, and that it sends by itself; `--ask` asks those that speak only when they are asked. The gateway goes on listening.',
  },
  'device.unknown': {
    exitCode: 1,
    isRetryable: false,
    remedy: 'Name a device of the configuration, or the path of a port; `waystation devices list` shows both.',
  },
  'device.held': {
    exitCode: 69,
    isRetryable: true,
    remedy:
      '`waystation devices tail ID`, with `-c` and the configuration of the gateway, shows what comes from it; to have the port, stop the gateway.',
  },
  'device.noCapture': {
    exitCode: 1,
    isRetryable: false,
    remedy: 'Add `capture: {}` to the device and restart. Only buses (slcan, socketcan) have raw frames.',
  },
  'port.notSerial': {
    exitCode: 1,
    isRetryable: true,
    remedy: 'Correct the path of the device; /dev/serial/by-id names the ports that are plugged in.',
  },
  'can.noCandump': { exitCode: 69, isRetryable: true, remedy: 'Install can-utils; candump starts once it is there.' },
  'can.failed': {
    exitCode: 1,
    isRetryable: true,
    remedy: 'Bring it up: `sudo ip link set can0 up type can bitrate 500000 listen-only on`.',
  },
  'dbc.unreadable': { exitCode: 78, isRetryable: false, remedy: 'Check the path of the DBC file.' },
  'dbc.invalid': {
    exitCode: 78,
    isRetryable: false,
    remedy: 'The file is no DBC; correct the path or export it again.',
  },
  'dbc.noDbc': {
    exitCode: 1,
    isRetryable: false,
    remedy: 'Correct the path, or export the file named again as a DBC.',
  },
  'dbc.doubtful': {
    exitCode: 1,
    isRetryable: false,
    remedy: 'Correct the places named in the file, or leave --strict out: each says what was made of it.',
  },
} as const satisfies Record<string, ErrorEntry>;
