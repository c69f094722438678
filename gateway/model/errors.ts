/**
 * Every error the gateway can raise, in one register: its code, what kind it is, the process' exit code, and the remedy.
 * `docs/errors.md` is generated from this table.
 */
export const ERROR_REGISTER = {
  'config.unreadable': {
    exitCode: 78,
    isRetryable: false,
    remedy: 'Check the path and the permissions of the configuration file.',
  },
  'config.invalid': {
    exitCode: 78,
    isRetryable: false,
    remedy: 'Correct the lines named; `waystation config schema` prints what is allowed.',
  },
  'dataDir.inUse': {
    exitCode: 73,
    isRetryable: true,
    remedy: 'Stop the other gateway, or give this one a dataDir of its own.',
  },
  'dataDir.unwritable': {
    exitCode: 73,
    isRetryable: true,
    remedy:
      'Create the folder, let the gateway user write there, and see that the disk is mounted writable and not full.',
  },
  'dataDir.damaged': {
    exitCode: 73,
    isRetryable: false,
    remedy: 'Restore the file from a backup, or delete it: the gateway then gets a new identity.',
  },
  'dataDir.obstructed': {
    exitCode: 73,
    isRetryable: false,
    remedy: 'Move away what lies at the path named: a folder, or a regular file, of the gateway belongs there.',
  },
  'journal.full': { exitCode: 1, isRetryable: true, remedy: 'Free disk space; intake resumes by itself.' },
  'journal.quota': {
    exitCode: 1,
    isRetryable: true,
    remedy:
      'Let the sinks named catch up, give up the backlog of one that is not configured any more (`waystation sinks forget ID`), or raise the quota named; intake resumes by itself.',
  },
  'journal.failed': {
    exitCode: 1,
    isRetryable: true,
    remedy: 'Check the disk: a write or sync failed. The record was not accepted; send it again.',
  },
  'journal.closed': {
    exitCode: 1,
    isRetryable: true,
    remedy: 'The gateway is stopping; send it again after the restart.',
  },
  'journal.recordTooLarge': {
    exitCode: 1,
    isRetryable: false,
    remedy: 'Send smaller messages: a record must fit in one frame.',
  },
  'journal.unknownFormat': {
    exitCode: 1,
    isRetryable: false,
    remedy: 'The journal was written by a newer version. Install that version, or move the folder away.',
  },
  'journal.unknownStream': {
    exitCode: 1,
    isRetryable: false,
    remedy: 'Name one of the streams there are; `waystation journal stat` lists them.',
  },
  'journal.needsStream': {
    exitCode: 2,
    isRetryable: false,
    remedy: 'Name the stream with --stream, or give a time instead of a sequence.',
  },
  'journal.notLive': {
    exitCode: 69,
    isRetryable: true,
    remedy: 'Start the gateway, or leave --follow out: a folder alone does not grow.',
  },
  'journal.damaged': {
    exitCode: 1,
    isRetryable: false,
    remedy:
      'Check the disk. What is named is lost, the rest is not: the gateway passes over it and tells the sinks, and nothing need be done.',
  },
  'journal.swappedEnds': { exitCode: 2, isRetryable: false, remedy: 'Give the earlier place first.' },
  'journal.busy': {
    exitCode: 69,
    isRetryable: true,
    remedy: 'End another `waystation journal tail --follow`, or try again later.',
  },
  'listener.portInUse': {
    exitCode: 69,
    isRetryable: true,
    remedy: 'Stop what listens there, or change the port in the configuration.',
  },
  'listener.failed': { exitCode: 69, isRetryable: true, remedy: 'Check the address and the port of the listener.' },
  'broker.notAuthorized': {
    exitCode: 1,
    isRetryable: false,
    remedy: 'Grant the topic to this user under broker.clients in the configuration.',
  },
  'broker.badMessage': {
    exitCode: 1,
    isRetryable: false,
    remedy: 'Publish on a topic without wildcards, at most 32 levels deep.',
  },
  'broker.qos2Unsupported': { exitCode: 1, isRetryable: false, remedy: 'Publish with QoS 1.' },
  'secret.unreadable': {
    exitCode: 78,
    isRetryable: false,
    remedy: 'Create the secret file, readable by the gateway user.',
  },
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
  'device.noCapture': { exitCode: 1, isRetryable: false, remedy: 'Add `capture: {}` to the device, then restart.' },
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
  'hub.unreachable': {
    exitCode: 1,
    isRetryable: true,
    remedy: 'Check the network and the url of the sink; events are kept within their quota.',
  },
  'hub.refused': {
    exitCode: 1,
    isRetryable: false,
    remedy:
      'Correct the sink as said (credentials, protocol, limits of the hub); events are kept within their quota, and it tries again now and then.',
  },
  'hub.timeout': {
    exitCode: 1,
    isRetryable: true,
    remedy: 'The hub did not answer in time; events are kept within their quota and sent again.',
  },
  'hub.protocolError': {
    exitCode: 1,
    isRetryable: true,
    remedy:
      'What answers there does not speak MQTT as it should: check the url of the sink and what stands between, or update the hub; events are kept within their quota and sent again.',
  },
  'hub.rejectedEvent': {
    exitCode: 1,
    isRetryable: false,
    remedy: 'Raise the limit of the hub, or drop the topic in the filter of the sink; the lane waits at this event.',
  },
  'influxdb.unavailable': {
    exitCode: 1,
    isRetryable: true,
    remedy:
      'Check the network, the url of the sink, and the log of the server; events are kept within their quota and written again.',
  },
  'influxdb.intercepted': {
    exitCode: 1,
    isRetryable: true,
    remedy:
      'Something answered in place of InfluxDB: log in to the network, let the proxy pass the gateway, or correct the url of the sink; events are kept within their quota and written again.',
  },
  'influxdb.noDatabase': {
    exitCode: 1,
    isRetryable: false,
    remedy:
      'Create the database that the sink names, or correct its name or url; events are kept within their quota, and the sink tries again now and then.',
  },
  'influxdb.refused': {
    exitCode: 1,
    isRetryable: false,
    remedy:
      'Correct the credentials of the sink, or grant WRITE on the database to its user; events are kept within their quota.',
  },
  'influxdb.rejectedEvent': {
    exitCode: 1,
    isRetryable: false,
    remedy:
      'Read what the server said and correct it there, or drop the topic in the filter of the sink; the lane waits at this event.',
  },
  'influxdb.untimedEvent': {
    exitCode: 1,
    isRetryable: false,
    remedy:
      'Give the host the time (a time server, a clock battery) or the gateway a satellite receiver; the lane waits for it, and events are kept within their quota.',
  },
  'sink.unknown': { exitCode: 1, isRetryable: false, remedy: '`waystation status` lists the sinks.' },
  'sink.configured': {
    exitCode: 1,
    isRetryable: false,
    remedy: 'Remove the sink from the configuration first, and restart the gateway if it runs.',
  },
  'sink.notConfirmed': { exitCode: 2, isRetryable: false, remedy: 'Answer with y on a terminal, or give --yes.' },
  'sink.notWaiting': {
    exitCode: 1,
    isRetryable: true,
    remedy: 'Nothing to do: only a sink that is waiting or paused has a delay to end.',
  },
  'rules.portInUse': {
    exitCode: 1,
    isRetryable: true,
    remedy:
      'Stop what listens there, or change rules.port; everything but the rules goes on, and the port is tried again.',
  },
  'rules.folderFailed': {
    exitCode: 1,
    isRetryable: true,
    remedy:
      'Free disk space, or give the gateway user the right to write there; everything but the rules goes on, and it is tried again.',
  },
  'rules.unreadableFlows': {
    exitCode: 1,
    isRetryable: true,
    remedy:
      'Restore the named file from a backup, or move flows.json and flows_cred.json away to begin anew with the shipped flow; the gateway does not touch them, and looks again by itself.',
  },
  'rules.crashed': {
    exitCode: 1,
    isRetryable: true,
    remedy: 'The log has its last lines; Node-RED is started again by itself, and everything else goes on.',
  },
  'rules.held': {
    exitCode: 1,
    isRetryable: false,
    remedy: 'Open the editor, correct the flow and deploy: the flows start again then.',
  },
  'rules.flooding': {
    exitCode: 1,
    isRetryable: false,
    remedy:
      'Let the flow listen to less than it publishes on, or raise rules.maxPublishesPerSecond; deploy, and the flows start again.',
  },
  'rules.publishRefused': {
    exitCode: 1,
    isRetryable: false,
    remedy:
      'Publish on events/, alerts/ or commands/ with QoS 0 or 1, and no more than the limits of the broker allow; correct the flow and deploy.',
  },
  'chrony.noSocat': {
    exitCode: 1,
    isRetryable: true,
    remedy: 'Install socat (the Debian package has that name); it carries the samples. Everything else goes on.',
  },
  'chrony.unreachable': {
    exitCode: 1,
    isRetryable: true,
    remedy:
      'Start chronyd with a line `refclock SOCK` for the socket, and let the gateway user write to it; it is tried again. Everything else goes on.',
  },
  'file.unreadable': { exitCode: 69, isRetryable: false, remedy: 'Check the path and the permissions.' },
  'file.unwritable': {
    exitCode: 1,
    isRetryable: true,
    remedy: 'Check the folder, its permissions and the free space.',
  },
  'replay.refused': {
    exitCode: 1,
    isRetryable: false,
    remedy: 'Give a login with --username and --password-file, of an account that may publish on these topics.',
  },
  'command.stopped': { exitCode: 1, isRetryable: true, remedy: 'Run it again to begin anew.' },
  'gateway.silent': {
    exitCode: 69,
    isRetryable: true,
    remedy: 'It runs but does not answer as it should; look at its log, or restart it.',
  },
  'gateway.badRequest': {
    exitCode: 1,
    isRetryable: false,
    remedy: 'Restart the gateway if it was updated: it and this command are not of one version.',
  },
  'gateway.notRunning': { exitCode: 69, isRetryable: true, remedy: 'Start it with `waystation run -c FILE`.' },
} as const satisfies Record<string, ErrorEntry>;

interface ErrorEntry {
  readonly exitCode: 1 | 2 | 69 | 73 | 78;
  readonly isRetryable: boolean;
  readonly remedy: string;
}

/** The closed union of codes. */
export type ErrorCode = keyof typeof ERROR_REGISTER;

/** Whether a code that another process sent is one of ours. */
export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(ERROR_REGISTER, code);
}

/** An operational or configuration error: expected, with a code and a remedy. */
export class WaystationError extends Error {
  override readonly name = 'WaystationError';
  readonly code: ErrorCode;

  /** @param message what was attempted, on what, and what was found */
  constructor(code: ErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
  }

  get remedy(): string {
    return ERROR_REGISTER[this.code].remedy;
  }

  get isRetryable(): boolean {
    return ERROR_REGISTER[this.code].isRetryable;
  }

  get exitCode(): number {
    return ERROR_REGISTER[this.code].exitCode;
  }

  /** One line for a status: what went wrong, and what to do about it. */
  get summary(): string {
    return `${this.code}: ${this.message.replace(/\.$/, '')}. ${this.remedy}`;
  }
}

/** Our own bug. The process logs it and ends: going on would risk what was promised. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/** Throws {@link InvariantError} unless the condition holds. */
export function invariant(condition: boolean, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}
