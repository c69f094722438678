import type { ErrorEntry } from './error-entry.ts';

/** Codes of the sinks and where they deliver. */
export const SINK_ERRORS = {
  'hub.unreachable': {
    exitCode: 1,
    isRetryable: true,
    remedy: 'Check the network and the url of the sink; events are kept within their quota.',
  },
  'hub.refused': {
    exitCode: 1,
    isRetryable: false,
    remedy:
      'Correct the sink or the hub as said (credentials, certificates, protocol, limits); events are kept within their quota, and it tries again now and then.',
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
  'hub.renewed': {
    exitCode: 1,
    isRetryable: true,
    remedy: 'Nothing to do: the sink connects again at once.',
  },
  'hub.rejectedEvent': {
    exitCode: 1,
    isRetryable: false,
    remedy:
      'Raise the limit of the hub, or drop the topic in the filter of the sink; `waystation dead-letters redrive` sends the event again.',
  },
  'influxdb.unavailable': {
    exitCode: 1,
    isRetryable: true,
    remedy:
      'Check the network, the url of the sink, and the log of the server; events are kept within their quota and written again.',
  },
  'influxdb.timeout': {
    exitCode: 1,
    isRetryable: true,
    remedy: 'Check the network and the load of the database; events are kept within their quota and written again.',
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
      'Create the database or bucket that the sink names, or correct its name, version or url; events are kept within their quota, and the sink tries again now and then.',
  },
  'influxdb.refused': {
    exitCode: 1,
    isRetryable: false,
    remedy:
      'Correct the credentials of the sink, or grant its user or token the right to write there; events are kept within their quota.',
  },
  'influxdb.serverFault': {
    exitCode: 1,
    isRetryable: false,
    remedy:
      'Read what the server says and mend it there (a retention policy that is not there is answered so); events are kept within their quota, and the sink tries again now and then.',
  },
  'influxdb.rejectedEvent': {
    exitCode: 1,
    isRetryable: false,
    remedy:
      'Read what the server said, correct the sender or the database, and send the dead letter again; or drop the topic in the filter of the sink.',
  },
  'influxdb.timelessEvent': {
    exitCode: 1,
    isRetryable: false,
    remedy:
      'InfluxDB files events by time alone: give the host the time (a time server, a clock battery) or the gateway a satellite receiver.',
  },
  'influxdb.expiredEvent': {
    exitCode: 1,
    isRetryable: false,
    remedy: 'Let the database keep data for longer than outages last; the event itself is in the dead letters.',
  },
  'influxdb.untimedEvent': {
    exitCode: 1,
    isRetryable: false,
    remedy:
      'Give the host the time (a time server, a clock battery) or the gateway a satellite receiver; the lane waits for it, and events are kept within their quota.',
  },
  'link.unknown': { exitCode: 1, isRetryable: false, remedy: '`waystation links` lists the links.' },
  'webhook.unavailable': {
    exitCode: 1,
    isRetryable: true,
    remedy:
      'Check the network, the url of the sink, and the receiver; events are kept within their quota and sent again.',
  },
  'webhook.timeout': {
    exitCode: 1,
    isRetryable: true,
    remedy: 'Check the network and the load of the receiver; events are kept within their quota and sent again.',
  },
  'webhook.intercepted': {
    exitCode: 1,
    isRetryable: true,
    remedy:
      'Something answered in place of the receiver: log in to the network, let the proxy pass the gateway, or correct the url of the sink; events are kept within their quota and sent again.',
  },
  'webhook.refused': {
    exitCode: 1,
    isRetryable: false,
    remedy:
      'Correct the url or the secret of the sink, or the receiver; a date of this host that is far off makes signatures worthless. Events are kept within their quota, and the sink tries again now and then.',
  },
  'webhook.rejectedEvent': {
    exitCode: 1,
    isRetryable: false,
    remedy:
      'Read what the receiver said, correct it there, and send the dead letter again; or drop the topic in the filter of the sink.',
  },
  'file.noDrive': {
    exitCode: 1,
    isRetryable: true,
    remedy:
      'Put the drive in and mount it, and make the folder on it: the gateway does not, so that an empty mount point never fills. For a folder on the disk of the host write `requireMount: false`. Events are kept within their quota and written once it is there.',
  },
  'file.timeout': {
    exitCode: 1,
    isRetryable: true,
    remedy:
      'Look at the drive, its cable, and what the kernel says of it (dmesg); events are kept within their quota and written again.',
  },
  'file.failed': {
    exitCode: 1,
    isRetryable: true,
    remedy:
      'Look at the drive, its cable, and what the kernel says of it (dmesg); events are kept within their quota and written again.',
  },
  'file.full': {
    exitCode: 1,
    isRetryable: false,
    remedy:
      'Make room on the drive or put another one in; with `whenFull: deleteOldest` the oldest files of the sink go. Events are kept within their quota, and the sink tries again now and then.',
  },
  'file.quotaReached': {
    exitCode: 1,
    isRetryable: false,
    remedy:
      'Carry the files home and delete them from the drive, or raise maxTotalBytes; with `whenFull: deleteOldest` the oldest go by themselves. Events are kept within their quota, and the sink tries again now and then.',
  },
  'file.notWritable': {
    exitCode: 1,
    isRetryable: false,
    remedy:
      'Mount the drive for writing, and give the folder to the user of the gateway; a drive that turned read-only by itself wants a check (fsck). Events are kept within their quota, and the sink tries again now and then.',
  },
  'sink.unknown': { exitCode: 1, isRetryable: false, remedy: '`waystation sinks list` lists the sinks.' },
  'sink.configured': {
    exitCode: 1,
    isRetryable: false,
    remedy: 'Remove the sink from the configuration first, and restart the gateway if it runs.',
  },
  'sink.notConfirmed': { exitCode: 2, isRetryable: false, remedy: 'Answer with y on a terminal, or give --yes.' },
  'deadLetter.unknown': {
    exitCode: 1,
    isRetryable: false,
    remedy:
      '`waystation dead-letters list` names those there are; it may have been delivered or dropped, or have gone because there was no room.',
  },
  'deadLetter.noneNamed': {
    exitCode: 2,
    isRetryable: false,
    remedy: 'Name letters as `waystation dead-letters list` prints them, or give --sink ID or --all, and not both.',
  },
  'sink.notWaiting': {
    exitCode: 1,
    isRetryable: true,
    remedy: 'Nothing to do: only a sink that is waiting or paused has a delay to end.',
  },
} as const satisfies Record<string, ErrorEntry>;
