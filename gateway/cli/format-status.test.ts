import { expect, it } from 'vitest';
import { streamNamed } from '#gateway/model/testing/sample-status.ts';
import { formatStatus } from './format-status.ts';
import { SAMPLE_STATUS } from './sample-status.ts';

it('shows every part, and what is wrong with it', () => {
  expect(formatStatus(SAMPLE_STATUS)).toBe(`truck-7: waystation 1.2.3, process 4711, up 3 h 12 min

clock: the date of the host may be wrong; the time is known from gnss for 2 h 0 min; the host is 1.25 s behind the receivers; 1 step

broker mqtt 127.0.0.1:1883: 2 clients, 1 more away, 5 subscriptions, 12 queued (4.0 KiB), 3 retained, 1240 published, refused badLogin 3
connections ended: byClient 7, keepAlive 1

journal ok: 1234 appended, 5 refused, 100 syncs
wear: 137.4 KiB of records, 68.4 KiB written by the journal, 500.0 KiB by the process, 3.0 MiB to mmcblk0, amplification 22.4, a new card of 30 TB lasts 43 years at this rate

stream     state  oldest  synced  size     segments
telemetry  ok          1    1234  1.5 MiB         2

device  type  state  baud   messages       last       events  refused  reopened  rejected
gps0    gnss  lost   38400  nmea0183 1200  1 min ago     600        0         2  wrong-checksum 4
gps0: Opening the serial port /dev/gps: there is no such path

sink  state    link  in flight  sent again  lane       backlog  acknowledged
hub   waiting  lte          10          10  telemetry      244           990
hub: next attempt in 12 s
hub: fills in 240 of telemetry, from 1 stretch of the past
hub: 12 of telemetry were gone before it had them; its target was told
hub: hub.unreachable

link  mode     said by             of the day  used      budget     reserve  day ends       sent      received
lte   metered  cli, for 2 h 0 min  open        42.4 MiB  200.0 MiB  5.0 MiB  in 10 h 0 min  39.1 MiB  3.3 MiB

hub: 3 dead letters, 1 of them to be sent again; last: hub.rejectedEvent: too large
hub: 2 dead letters went for want of room
to see them: waystation dead-letters list

not safe to power off: hub has not had 244 of telemetry

chrony sending: 590 samples of gps0 to /run/chrony.waystation.sock, 2 dropped
gpsd 127.0.0.1:2947: 1 client, 0 dropped

rules held: 135.0 MiB, 2 restarts; editor http://127.0.0.1:1880/, login admin, password in /data/rules/admin-password
rules: rules.held: Node-RED runs, its flows do not (safe-mode)
`);
});

it('says what it does not know of the wear of the card', () => {
  const { journal } = SAMPLE_STATUS;
  const textOf = (wear: typeof journal.wear) => formatStatus({ ...SAMPLE_STATUS, journal: { ...journal, wear } });
  const bare = { observedSeconds: 60, logicalBytes: 0, basis: 'journal' } as const;
  expect(textOf(bare)).toContain('by the process not known, dataDir has no disk of its own to ask\n');
  expect(textOf({ ...bare, enduranceTB: 30 })).toContain(', life of a card of 30 TB not known yet\n');
});

it('counts what is in flight once for each sink, not once for each of its lanes', () => {
  const sinks = SAMPLE_STATUS.sinks.map((sink) => ({
    ...sink,
    lanes: sink.lanes.flatMap((lane) => [lane, { ...lane, stream: streamNamed('alerts'), backlogCount: 0 }]),
  }));
  expect(formatStatus({ ...SAMPLE_STATUS, sinks })).toContain(
    [
      'sink  state    link  in flight  sent again  lane       backlog  acknowledged',
      'hub   waiting  lte          10          10  telemetry      244           990',
      '                                            alerts           0           990',
    ].join('\n'),
  );
});

it('says what a condition left out for want of a field', () => {
  const conditions = [
    { ruleIndex: 0, leftOutCount: 40, undecidedCount: 40 },
    { ruleIndex: 2, leftOutCount: 40, undecidedCount: 1 },
  ];
  const text = formatStatus({ ...SAMPLE_STATUS, sinks: SAMPLE_STATUS.sinks.map((sink) => ({ ...sink, conditions })) });
  expect(text).toContain(
    '\nhub: filter[0] when left out 40 events, all for want of a field that it names; which: waystation sinks test-filter hub\n',
  );
  expect(text).toContain('\nhub: filter[2] when left out 40 events, 1 for want of a field');
});

it('says how much went before a sink had it, before anybody could be told [D9]', () => {
  const sinks = SAMPLE_STATUS.sinks.map((sink) => ({
    ...sink,
    lanes: sink.lanes.map((lane) => ({ ...lane, lost: 6445 })),
  }));
  expect(formatStatus({ ...SAMPLE_STATUS, sinks })).toContain(
    '\nhub: 6445 of telemetry went before it had them; its target will be told\nhub: 12 of telemetry were gone',
  );
});

it('names a sink that is not configured any more, what it has not had, and the way out [J7]', () => {
  const orphans = [{ sink: 'old', stream: streamNamed('telemetry'), acknowledgedSequence: 3, backlogCount: 9000 }];
  expect(formatStatus({ ...SAMPLE_STATUS, journal: { ...SAMPLE_STATUS.journal, orphans } })).toContain(
    '\nsink old: It is not configured, and has not had 9000 records of telemetry. Configure it again, or give that up: waystation sinks forget old\n',
  );
});

it('shows nothing as the oldest record of an empty stream', () => {
  const { journal } = SAMPLE_STATUS;
  const streams = journal.streams.map((stream) => ({ ...stream, oldestSequence: 1, syncedSequence: 0 }));
  expect(formatStatus({ ...SAMPLE_STATUS, journal: { ...journal, streams } })).toMatch(/telemetry +ok +- +- +1\.5 MiB/);
});

it('counts one of a thing as one', () => {
  const { broker, rules } = SAMPLE_STATUS;
  if (rules === undefined) throw new Error('the sample has rules');
  const ones = {
    broker: { ...broker, clientCount: 1 },
    rules: { ...rules, restartCount: 1, refusedPublishCount: 1 },
  };
  const text = formatStatus({ ...SAMPLE_STATUS, ...ones });
  expect(text).toContain(': 1 client, ');
  expect(text).toContain(', 1 restart, 1 publish refused;');
});

it('shows the words of a remote on one line, without what would steer a terminal', () => {
  const sinks = SAMPLE_STATUS.sinks.map((sink) => ({ ...sink, lastError: 'it said\r\n"no"\u001b[2J\u009b1m' }));
  expect(formatStatus({ ...SAMPLE_STATUS, sinks })).toContain('\nhub: it said "no" [2J 1m\n');
});

it('says why a stream refuses records', () => {
  const { journal } = SAMPLE_STATUS;
  const streams = journal.streams.map((stream) => ({ ...stream, lastError: 'journal.full: the disk is full.' }));
  const text = formatStatus({ ...SAMPLE_STATUS, journal: { ...journal, state: 'full', streams } });
  expect(text).toContain('journal full: ');
  expect(text).toContain('         2\ntelemetry: journal.full: the disk is full.\n');
});

it('says that the journal found the disk full at the start', () => {
  const journal = { ...SAMPLE_STATUS.journal, state: 'full', lastError: 'journal.full: the disk is full.' } as const;
  const text = formatStatus({ ...SAMPLE_STATUS, journal });
  expect(text).toMatch(/^journal full: .*\njournal: journal\.full: the disk is full\.\nwear: /m);
});

it('says that running rules do not reach the broker, and how often it refused them', () => {
  const { rules } = SAMPLE_STATUS;
  if (rules === undefined) throw new Error('the sample has rules');
  const away = { ...rules, state: 'running', isConnected: false, refusedPublishCount: 3 } as const;
  const text = formatStatus({ ...SAMPLE_STATUS, rules: away });
  expect(text).toContain(
    'rules running, not connected to the broker: 135.0 MiB, 2 restarts, 3 publishes refused; editor',
  );
});

it('says what chrony waits for', () => {
  const chrony = { socket: '/run/c.sock', state: 'waiting', sampleCount: 0, droppedCount: 0 } as const;
  expect(formatStatus({ ...SAMPLE_STATUS, handover: { chrony } })).toContain(
    'chrony waiting for a receiver whose time is believed: 0 samples to /run/c.sock, 0 dropped',
  );
});

it('sums up in one line what is left before the power may be cut', () => {
  const stream = streamNamed('telemetry');
  const waiting = { state: 'stuck', why: 'waiting: hub.unreachable' } as const;
  const pending = [
    { what: 'journal', stream, count: 2, state: 'underWay', why: 'not synced yet' },
    { what: 'sink', sink: 'hub', stream, count: 244, ...waiting },
    { what: 'sink', sink: 'hub', stream: streamNamed('alerts'), count: 3, ...waiting },
    { what: 'redrive', sink: 'hub', count: 1, ...waiting },
  ] as const;
  expect(formatStatus({ ...SAMPLE_STATUS, power: { safe: false, pending } })).toContain(
    '\nnot safe to power off: the disk has not had 2 of telemetry; hub has not had 244 of telemetry, 3 of alerts, 1 dead letter\n',
  );
});

it('leaves out what is not configured', () => {
  const { rules: _, ...withoutRules } = SAMPLE_STATUS;
  const nothing = { deadLetters: { ...SAMPLE_STATUS.deadLetters, sinks: [] }, power: { safe: true, pending: [] } };
  const text = formatStatus({ ...withoutRules, ...nothing, sources: [], sinks: [], handover: {} });
  expect(text).not.toMatch(/device|sink|rules/);
  expect(text.endsWith('nothing is left to send\n')).toBe(true);
});

it.each([
  [59, '59 s'],
  [61, '1 min'],
  [3600, '1 h 0 min'],
  [200_000, '2 d 7 h'],
])('shows %i seconds as %s', (uptimeSeconds, text) => {
  const gateway = { ...SAMPLE_STATUS.gateway, uptimeSeconds };
  expect(formatStatus({ ...SAMPLE_STATUS, gateway })).toContain(`up ${text}\n`);
});
