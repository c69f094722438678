import { describe, expect, it } from 'vitest';
import { formatProblem } from './config-problem.ts';
import { MAX_CONFIG_BYTES, MAX_PROBLEMS, parseConfig } from './parse-config.ts';

const FILE = '/etc/waystation/waystation.yaml';

function parse(text: string) {
  return parseConfig(Buffer.from(text), FILE);
}

/** The problems as printed, without the file name. */
function problemsOf(text: string): string[] {
  const parsed = parse(text);
  return parsed.isValid ? [] : parsed.problems.map((problem) => formatProblem('', problem).slice(1));
}

/** A valid beginning, so that a case shows only what it is about; its text starts on line 3. */
const HEAD = 'version: 1\ngateway: { id: truck-7 }\n';

describe('parseConfig', () => {
  it('names so many problems and no more [P3]', () => {
    const keys = Array.from({ length: 5_000 }, (_, index) => `k${index}: 1`).join('\n');
    expect(problemsOf(`${HEAD}${keys}`)).toHaveLength(MAX_PROBLEMS);
  });

  it('fills in every default', () => {
    const stream = (id: string, topics: readonly string[], maxAgeHours: number, maxBytes: number) => ({
      ...{ id, topics, sync: 'always', lingerMs: 0, overflow: 'dropOldest' },
      retention: { maxAgeHours, maxBytes },
    });
    expect(parse(HEAD)).toEqual({
      isValid: true,
      config: {
        version: 1,
        gateway: { id: 'truck-7' },
        dataDir: '/etc/waystation/data',
        broker: {
          listeners: [{ type: 'mqtt', host: '127.0.0.1', port: 1883, insecure: false }],
          anonymous: false,
          clients: [],
          limits: expect.objectContaining({ maxClients: 200, maxPacketBytes: 262_144 }),
          sysIntervalSeconds: 10,
        },
        devices: [],
        streams: [
          stream('alerts', ['alerts/#'], 720, 64 * 2 ** 20),
          stream('control', ['commands/#', 'replies/#'], 168, 64 * 2 ** 20),
          stream('telemetry', ['devices/#', 'sensors/#', 'events/#'], 336, 4 * 2 ** 30),
        ],
        journal: { maxBytes: 8 * 2 ** 30, segmentBytes: 16 * 2 ** 20, compress: true },
        ...{ links: [], sinks: [], time: {}, deadLetters: { maxBytes: 32 * 2 ** 20 } },
        rules: { enabled: false, port: 1880, maxHeapMiB: 256, maxPublishesPerSecond: 100 },
        console: { enabled: true, host: '127.0.0.1', port: 8080 },
        log: { level: 'info' },
      },
    });
  });

  it('reads every kind of device and sink', () => {
    const parsed = parse(`${HEAD}
devices:
  - { id: gps0, type: gnss, path: /dev/ttyACM0 }
  - { id: can0, type: slcan, path: /dev/ttyUSB0, bitrate: 500000, dbc: [dbc/truck.dbc] }
sinks:
  - id: hub
    type: mqtt
    url: mqtts://hub.example.com:8883
    protocol: 3.1.1
    envelope: structured
    credentials: { username: truck-7, passwordFile: secrets/hub }
    window: { maxBytes: 64 KiB }
  - { id: twin, type: mqtt, url: "mqtts://[::1]:8883", credentials: { certFile: tls/a.pem, keyFile: /k.pem } }
  - { id: influx, type: influxdb, url: "http://127.0.0.1:8086", database: telemetry, lanes: [telemetry] }
`);
    expect(parsed).toMatchObject({
      config: {
        devices: [
          { id: 'gps0', baud: 'auto', protocol: 'auto' },
          { id: 'can0', bitrate: 500_000, listenOnly: true, baud: 115_200, dbc: ['/etc/waystation/dbc/truck.dbc'] },
        ],
        sinks: [
          {
            protocol: '3.1.1',
            credentials: { username: 'truck-7', password: { file: '/etc/waystation/secrets/hub' } },
            window: { maxBytes: 65_536, ackTimeoutMs: 10_000 },
          },
          { protocol: 5, credentials: { certFile: '/etc/waystation/tls/a.pem', keyFile: '/k.pem' } },
          {
            database: 'telemetry',
            from: 'oldest',
            batch: { maxEvents: 5000, maxBytes: 2 ** 20 },
            window: { ackTimeoutMs: 10_000 },
          },
        ],
      },
    });
  });

  it('takes a password from the environment by name', () => {
    const parsed = parse(`${HEAD}broker: { clients: [{ username: tyre, passwordEnv: TYRE_PASSWORD }] }`);
    expect(parsed).toMatchObject({ config: { broker: { clients: [{ password: { env: 'TYRE_PASSWORD' } }] } } });
  });

  it.each([
    ['16MiB', 16 * 2 ** 20],
    ['2 MiB', 2 * 2 ** 20],
    ['1GiB', 2 ** 30],
    ['1048576B', 2 ** 20],
    ['1048577', 2 ** 20 + 1],
  ])('reads the size %s', (text, bytes) => {
    expect(parse(`${HEAD}journal: { segmentBytes: ${text} }`)).toMatchObject({
      config: { journal: { segmentBytes: bytes } },
    });
  });

  it('names all problems of a file at once, in the order of the file', () => {
    expect(
      problemsOf(`version: 1
gateway: { asset: 7 }
dataDirr: x
sinks:
  - { id: hub, type: mqtt, url: mqtt://h, lanes: [alert] }
`),
    ).toEqual([
      '2:10 gateway.id is required: text',
      '2:19 gateway.asset expected text, found 7',
      '3:1 dataDirr unknown key; did you mean dataDir?',
      '5:51 sinks[0].lanes[0] names no stream; there is alerts, control, telemetry',
    ]);
  });

  it.each([
    ['an unknown key', 'colour: red', '3:1 colour unknown key; known are version, gateway, dataDir, broker, devices'],
    ['a misspelt key', 'log: { levle: info }', '3:8 log.levle unknown key; did you mean level?'],
    ['a key of the object prototype', '__proto__: { id: x }', '3:1 __proto__ unknown key'],
    ['a key that no version had', 'dashboard: { port: 8080 }', '3:1 dashboard unknown key'],
    [
      'a console that others could reach',
      'console: { host: 0.0.0.0 }',
      '3:18 console.host the console has no sign-in yet',
    ],
    ['a key given twice', 'log: {}\nlog: {}', '4:1 Map keys must be unique'],
    ['a merge key, which YAML 1.2 does not have', '<<: { dataDir: x }', '3:1 << unknown key'],
    [
      'text for a number',
      'broker: { listeners: [{ type: mqtt, port: abc }] }',
      '3:43 broker.listeners[0].port expected a number, found the text "abc"',
    ],
    ['a number for a list', 'devices: 5', '3:10 devices expected a list, found 5'],
    ['nothing for a section', 'log:', '3:5 log expected a section with keys, found nothing'],
    ['a list for a section', 'log: [info]', '3:6 log expected a section with keys, found a list'],
    [
      'a misspelt word',
      'log: { level: inof }',
      '3:15 log.level expected debug, info, warn, error or silent, found the text "inof"; did you mean info?',
    ],
    [
      'a port out of range',
      'broker: { listeners: [{ type: mqtt, port: 70000 }] }',
      '3:43 broker.listeners[0].port must be at most 65535, found 70000',
    ],
    [
      'an unknown device type',
      'devices: [{ id: g, type: gps }]',
      '3:26 devices[0].type expected gnss, slcan, socketcan, elm327 or gnssSelection',
    ],
    ['a missing type', 'devices: [{ id: g }]', '3:11 devices[0].type is required: gnss, slcan, socketcan, elm327 or'],
    [
      'a bit rate no adapter has',
      'devices: [{ id: c, type: slcan, path: /dev/x, bitrate: 500 }]',
      '3:56 devices[0].bitrate expected 10000, 20000',
    ],
    [
      'a device id that is no topic level',
      'devices: [{ id: a/b, type: gnss, path: /dev/x }]',
      '3:17 devices[0].id expected lower-case letters',
    ],
    [
      'an id used twice',
      'devices: [{ id: g, type: gnss, path: /a }, { id: g, type: gnss, path: /b }]',
      '3:50 devices[1].id "g" is used twice',
    ],
    [
      'a user given twice',
      'broker: { clients: [{ username: u, passwordFile: p }, { username: u, passwordFile: p }] }',
      '3:67 broker.clients[1].username "u" is used twice',
    ],
    [
      'a client without a password',
      'broker: { clients: [{ username: u }] }',
      '3:21 broker.clients[0] expected either passwordFile or passwordEnv',
    ],
    [
      'a client with two passwords',
      'broker: { clients: [{ username: u, passwordFile: a, passwordEnv: B }] }',
      '3:21 broker.clients[0] expected either',
    ],
    [
      'a password written out',
      'broker: { clients: [{ username: u, passwordFile: a, password: hunter2 }] }',
      '3:53 broker.clients[0].password unknown key',
    ],
    [
      'plain MQTT off loopback',
      'broker: { listeners: [{ type: mqtt, host: 0.0.0.0 }] }',
      '3:43 broker.listeners[0].host plain MQTT off loopback sends passwords in the clear',
    ],
    [
      'anonymous clients off loopback',
      'broker: { anonymous: { publish: ["#"] }, listeners: [{ type: mqtt, host: 0.0.0.0, insecure: true }] }',
      '3:93 broker.listeners[0].insecure anonymous clients are for loopback only',
    ],
    ['clock as a stream', 'streams: [{ id: clock, topics: [a] }]', '3:17 streams[0].id "clock" is a stream of'],
    ['state as a stream', 'streams: [{ id: state, topics: [a] }]', '3:17 streams[0].id "state" is a stream of'],
    [
      'the login of the rules given to somebody else',
      'rules: { enabled: true }\nbroker: { clients: [{ username: rules, passwordFile: p }] }',
      '4:33 broker.clients[0].username "rules" is the login of the rules themselves',
    ],
    ['anonymous: true', 'broker: { anonymous: true }', '3:22 broker.anonymous expected false, or rights'],
    [
      'a broken topic filter',
      'streams: [{ id: a, topics: ["a/#/b"] }]',
      '3:29 streams[0].topics[0] expected a topic filter',
    ],
    ['a stream without topics', 'streams: [{ id: a, topics: [] }]', '3:28 streams[0].topics needs at least 1'],
    [
      'a lane that names no stream',
      'streams: [{ id: a, topics: [a] }]\nsinks: [{ id: s, type: mqtt, url: mqtt://h, lanes: [b] }]',
      '4:53 sinks[0].lanes[0] names no stream; there is a',
    ],
    [
      'a lane listed twice',
      'sinks: [{ id: s, type: mqtt, url: mqtt://h, lanes: [alerts, alerts] }]',
      '3:61 sinks[0].lanes[1] "alerts" is listed twice',
    ],
    [
      'a login in a url',
      'sinks: [{ id: s, type: mqtt, url: "mqtt://u:hunter2@h" }]',
      '3:35 sinks[0].url a url holds no login; write it under credentials',
    ],
    [
      'a url of another kind',
      'sinks: [{ id: s, type: mqtt, url: "http://h" }]',
      '3:35 sinks[0].url expected mqtt://host:port or mqtts://host:port',
    ],
    [
      'a url whose port does not exist',
      'sinks: [{ id: s, type: mqtt, url: "mqtt://h:99999" }]',
      '3:35 sinks[0].url expected mqtt://',
    ],
    [
      'user properties on MQTT 3.1.1',
      'sinks: [{ id: s, type: mqtt, url: mqtt://h, protocol: 3.1.1 }]',
      '3:9 sinks[0].envelope MQTT 3.1.1 has no user properties',
    ],
    [
      'a sink of an unknown kind',
      'sinks: [{ id: s, type: influx, url: "http://h", database: d }]',
      '3:24 sinks[0].type expected mqtt, influxdb, webhook or file, found the text "influx"; did you mean influxdb?',
    ],
    [
      'a hub where an InfluxDB is meant',
      'sinks: [{ id: s, type: influxdb, url: mqtt://h, database: d }]',
      '3:39 sinks[0].url expected http://host:port',
    ],
    [
      'a database that no name can be',
      'sinks: [{ id: s, type: influxdb, url: "http://h", database: "a b" }]',
      '3:61 sinks[0].database expected a name without spaces',
    ],
    [
      'an InfluxDB batch too small for the largest point',
      'sinks: [{ id: s, type: influxdb, url: "http://h", database: d, batch: { maxBytes: 1KiB } }]',
      '3:83 sinks[0].batch.maxBytes expected a size from 128KiB to 16MiB',
    ],
    [
      'a certificate without its key',
      'sinks: [{ id: s, type: mqtt, url: mqtt://h, credentials: { certFile: c } }]',
      '3:58 sinks[0].credentials expected username with',
    ],
    [
      'a certificate that plain MQTT could not show',
      'sinks: [{ id: s, type: mqtt, url: mqtt://h, credentials: { certFile: c, keyFile: k } }]',
      '3:35 sinks[0].url a certificate needs TLS; write mqtts://, or give a username under credentials',
    ],
    [
      'a key that plain MQTT could not use',
      'sinks: [{ id: s, type: mqtt, url: mqtt://h, credentials: { keyFile: k } }]',
      '3:35 sinks[0].url a certificate needs TLS',
    ],
    [
      'a serial port given to two devices',
      'devices: [{ id: a, type: gnss, path: /dev/x }, { id: b, type: gnss, path: /dev/x }]',
      '3:75 devices[1].path "/dev/x" is used twice',
    ],
    [
      'a listener given twice',
      'broker: { listeners: [{ type: mqtt }, { type: mqtt, host: localhost, port: 1883 }] }',
      '3:76 broker.listeners[1].port port 1883 is that of broker.listeners[0] too; choose another',
    ],
    [
      'a listener given twice without a port',
      'broker: { listeners: [{ type: mqtt }, { type: mqtt }] }',
      '3:39 broker.listeners[1].port port 1883 is that of broker.listeners[0] too',
    ],
    [
      'a listener on an address that another one covers',
      'broker: { listeners: [{ type: mqtt, host: 0.0.0.0, insecure: true }, { type: mqtt, port: 1883 }] }',
      '3:90 broker.listeners[1].port port 1883 is that of broker.listeners[0] too',
    ],
    [
      'a listener on the IPv6 address that another one covers',
      'broker: { listeners: [{ type: mqtt, host: "::1" }, { type: mqtt, host: "::", insecure: true }] }',
      '3:52 broker.listeners[1].port port 1883 is that of broker.listeners[0] too',
    ],
    [
      'a console on the port of a listener',
      'console: { port: 1883 }',
      '3:18 console.port port 1883 is that of broker.listeners[0] too; choose another',
    ],
    [
      'a listener on the port that the console has unless told otherwise',
      'broker: { listeners: [{ type: mqtt, port: 8080 }] }',
      '3:43 broker.listeners[0].port port 8080 is that of console too; choose another',
    ],
    [
      'rules on the port of a listener',
      'rules: { enabled: true, port: 1883 }',
      '3:31 rules.port port 1883 is that of broker.listeners[0] too',
    ],
    [
      'rules on the port of the console',
      'rules: { enabled: true, port: 8080 }',
      '3:31 rules.port port 8080 is that of console too',
    ],
    [
      'a size with another unit',
      'journal: { segmentBytes: 16MB }',
      '3:26 journal.segmentBytes expected a size such as',
    ],
    [
      'a size that is too small',
      'journal: { segmentBytes: 1KiB }',
      '3:26 journal.segmentBytes expected a size from 1MiB to 1GiB',
    ],
    [
      'a password for a login',
      'sinks: [{ id: s, type: influxdb, url: http://h, database: d, credentials: hunter2 }]',
      '3:75 sinks[0].credentials expected username with passwordFile',
    ],
    ['a password for a list', 'broker: { clients: hunter2 }', 'clients expected a list, found a text of 7 characters'],
    ['a password for a section', 'broker: hunter2', '3:9 broker expected a section with keys, found a text of 7 char'],
    ['a password for an entry', 'broker: { clients: [hunter2] }', 'expected a section with keys, found a text of 7'],
    ['a password for a sink', 'sinks: [hunter2]', '3:9 sinks[0] '],
  ])('refuses %s', (_what, text, expected) => {
    expect(problemsOf(HEAD + text)).toContainEqual(expect.stringContaining(expected));
    expect(problemsOf(HEAD + text).join()).not.toContain('hunter2');
  });

  it.each([
    ['two listeners on free ports', 'broker: { listeners: [{ type: mqtt, port: 0 }, { type: mqtt, port: 0 }] }'],
    [
      'one port on two addresses',
      'broker: { listeners: [{ type: mqtt }, { type: mqtt, host: "::1" }, { type: mqtt, host: 127.0.0.2 }] }',
    ],
    [
      'IPv4 and IPv6 beside each other',
      'broker: { listeners: [{ type: mqtt, host: 0.0.0.0, insecure: true }, { type: mqtt, host: "::1" }] }',
    ],
    ['the port of rules that are off', 'broker: { listeners: [{ type: mqtt, port: 1880 }] }'],
    ['the port of a console that is off', 'console: { enabled: false, port: 1883 }'],
    [
      'a certificate with TLS',
      'sinks: [{ id: s, type: mqtt, url: mqtts://h, credentials: { certFile: c, keyFile: k } }]',
    ],
  ])('takes %s', (_what, text) => {
    expect(problemsOf(HEAD + text)).toEqual([]);
  });

  it.each([
    ['is empty', '', '1:1 expected a section with keys, found nothing'],
    ['is of another version', 'version: 2\ngateway: { id: a }', '1:10 version expected 1, found 2'],
    ['is a list', '- a', '1:1 expected a section with keys, found a list'],
  ])('refuses a file that %s', (_what, text, expected) => {
    expect(problemsOf(text)).toContain(expected);
  });

  it('refuses bytes that are no text, and more of them than a configuration has', () => {
    const problems = [Buffer.from([0xff, 0xfe, 0x00]), Buffer.alloc(MAX_CONFIG_BYTES + 1, '#')].map((bytes) =>
      parseConfig(bytes, FILE),
    );
    expect(problems).toMatchObject([
      { problems: [{ message: 'the file is not UTF-8 text' }] },
      { problems: [{ message: 'the file is larger than 1048576 bytes' }] },
    ]);
  });
});
