import type { Command } from 'commander';

/** Command lines as an operator types them, by command; the help of each ends with its own. */
export const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  waystation: [
    'waystation config check waystation.yaml',
    'waystation run -c waystation.yaml',
    'waystation status --watch',
    'waystation devices list',
  ],
  'waystation run': ['waystation run -c /etc/waystation/waystation.yaml'],
  'waystation status': [
    'waystation status -d /var/lib/waystation',
    'waystation status --json',
    'waystation status --watch --interval 5',
    'waystation status --wait-drained --timeout 5m && sudo poweroff',
  ],
  'waystation config check': ['waystation config check /etc/waystation/waystation.yaml'],
  'waystation config schema': ['waystation config schema > waystation.schema.json'],
  'waystation devices list': ['waystation devices list -c /etc/waystation/waystation.yaml'],
  'waystation devices probe': ['waystation devices probe /dev/ttyUSB0', 'waystation devices probe gps0 --ask'],
  'waystation devices tail': ['waystation devices tail gps0 --json', 'waystation devices tail gps0 --raw > gps0.nmea'],
  'waystation devices freeze': ["waystation devices freeze can0 --reason 'engine stalled'"],
  'waystation clients': ['waystation clients --live'],
  'waystation clients add': [
    `waystation clients add tyre-monitor --publish 'sensors/\${username}/#'`,
    "waystation clients add display --subscribe 'devices/#' --subscribe 'sensors/#'",
  ],
  'waystation clients set': ["waystation clients set display --subscribe 'devices/#' --no-deny-subscribe"],
  'waystation clients rotate': ['waystation clients rotate tyre-monitor'],
  'waystation clients revoke': ['waystation clients revoke tyre-monitor'],
  'waystation clients end': ['waystation clients end tyre-monitor --yes'],
  'waystation audit': ['waystation audit --account tyre-monitor'],
  'waystation certificates reload': ['waystation certificates reload -c /etc/waystation/waystation.yaml'],
  'waystation sinks explain': ['waystation sinks explain hub'],
  'waystation sinks test-filter': [
    'waystation sinks test-filter hub --from -1d',
    'waystation sinks test-filter hub -c changed.yaml -d /var/lib/waystation',
  ],
  'waystation sinks retry': ['waystation sinks retry hub'],
  'waystation sinks forget': ['waystation sinks forget old-hub'],
  'waystation dead-letters list': ['waystation dead-letters list --sink hub'],
  'waystation dead-letters show': ['waystation dead-letters show hub/telemetry/00000000000000aa/4711'],
  'waystation dead-letters redrive': [
    'waystation dead-letters redrive hub/telemetry/00000000000000aa/4711',
    'waystation dead-letters redrive --sink hub',
  ],
  'waystation dead-letters drop': ['waystation dead-letters drop --sink hub --yes'],
  'waystation links': ['waystation links --json'],
  'waystation links mode': ['waystation links mode sim off --for 2h', 'waystation links mode sim auto'],
  'waystation journal verify': ['waystation journal verify --json'],
  'waystation journal tail': ["waystation journal tail -n 20 --follow -t 'sensors/#'"],
  'waystation journal cat': ['waystation journal cat --stream telemetry --from 1000 --to 1020'],
  'waystation journal export': ['waystation journal export --format csv --from -1d -o day.csv'],
  'waystation journal replay': [
    'waystation journal replay --to mqtt://localhost --from -1h --speed 10 --prefix again --username me --password-file secrets/me',
  ],
  'waystation journal repair': [
    'waystation journal repair -d /var/lib/waystation',
    'waystation journal repair -d /var/lib/waystation --apply',
  ],
  'waystation dbc check': ['waystation dbc check truck.dbc body.dbc --strict'],
  'waystation unpack': ["mosquitto_sub -N -t 'fleet/+/batch/#' > batches.bin", 'waystation unpack batches.bin --json'],
  'waystation decode gnss': ['waystation decode gnss drive.nmea --gpx > drive.gpx'],
  'waystation decode ubx': ['waystation decode ubx drive.ubx'],
  'waystation decode can': ['waystation decode can drive.log --dbc truck.dbc --csv > drive.csv'],
  'waystation decode slcan': ['waystation decode slcan adapter.bin --dbc truck.dbc'],
  'waystation decode obd': ['waystation decode obd drive.log'],
  'waystation decode j1939': ['waystation decode j1939 drive.log --dbc truck.dbc'],
};

/** Ends the help of every command with its examples. */
export function addExamples(command: Command, path = command.name()): void {
  const lines = EXAMPLES[path];
  if (lines !== undefined) {
    const heading = lines.length === 1 ? 'Example:' : 'Examples:';
    command.addHelpText('after', `\n${heading}\n${lines.map((line) => `  ${line}\n`).join('')}`.trimEnd());
  }
  for (const each of command.commands) addExamples(each, `${path} ${each.name()}`);
}
