import { type Command, InvalidArgumentError } from 'commander';
import { withGatewayOptions } from '#gateway/cli/gateway-options.ts';
import type { FreezeOptions } from './freeze-device.ts';
import type { ListOptions } from './list-devices.ts';
import type { ProbeOptions } from './probe-device.ts';
import type { TailOptions } from './tail-device.ts';

const DEFAULT_PROBE_SECONDS = 40;
const MAX_PROBE_SECONDS = 3600;

/** Adds `devices list`, `devices probe`, `devices tail` and `devices freeze`. */
export function addDevicesCommands(program: Command): void {
  const devices = program.command('devices').description('Look at serial ports, and at what is on them.');
  withGatewayOptions(devices.command('list'))
    .description('List the serial ports of this machine, who has them, and the path to configure each by.')
    .option('--json', 'one line of JSON')
    .action(async (options: ListOptions) => (await import('./list-devices.ts')).listDevices(options));
  withGatewayOptions(devices.command('probe'))
    .description('Find out what is on a port: rate, protocol, messages, fix. Writes nothing to it unless asked to.')
    .argument('<device>', 'id of the configuration, or path of a port')
    .option('--ask', 'write to the device too: ask a u-blox receiver, or a CAN adapter, for its version')
    .option('--seconds <n>', 'how long to look for the rate', parseSeconds, DEFAULT_PROBE_SECONDS)
    .option('--json', 'one line of JSON')
    .action(async (device: string, options: ProbeOptions) =>
      (await import('./probe-device.ts')).probeDevice(device, options),
    );
  withGatewayOptions(devices.command('tail'))
    .description('Print what a device says, as it comes; of a running gateway, or of a free port. Ctrl-C ends it.')
    .argument('<device>', 'id of the configuration, or path of a port')
    .option('--raw', 'the bytes as they come')
    .option('--json', 'one line of JSON for each event')
    .action(async (device: string, options: TailOptions) =>
      (await import('./tail-device.ts')).tailDevice(device, options),
    );
  withGatewayOptions(devices.command('freeze'))
    .description(
      'Write the raw frames of the last seconds, and of the next, to a file; of a CAN bus of a running gateway.',
    )
    .argument('<id>', 'id of the configuration')
    .option('--reason <text>', 'stands in the event')
    .action(async (id: string, options: FreezeOptions) =>
      (await import('./freeze-device.ts')).freezeDevice(id, options),
    );
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (seconds > 0 && seconds <= MAX_PROBE_SECONDS) return seconds;
  throw new InvalidArgumentError(`Expected seconds, more than 0 and at most ${MAX_PROBE_SECONDS}.`);
}
