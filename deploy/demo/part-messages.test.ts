import { describe, expect, it } from 'vitest';
import { parseGatewayMessage, parseHubMessage, parseVehicleMessage } from './part-messages.ts';

describe('parseVehicleMessage', () => {
  it('reads what the vehicle made', () => {
    const line =
      '{"event":"status","made":{"gps0":3,"can0":40},"played":5,"overrun":1,"unheard":2,"sensorPending":4,"speedKmh":48.6}';
    expect(parseVehicleMessage(line)).toEqual(JSON.parse(line));
  });

  it('reads the end of a recording', () => {
    expect(parseVehicleMessage('{"event":"played","port":"can","count":9,"skipped":0}')).toEqual({
      event: 'played',
      port: 'can',
      count: 9,
    });
  });

  it('ignores what it does not know in a message it knows', () => {
    expect(parseVehicleMessage('{"event":"ready","ports":{"gnss":"/dev/pts/1"}}')).toEqual({ event: 'ready' });
  });
});

describe('parseHubMessage', () => {
  it('reads status and audit', () => {
    expect(parseHubMessage('{"event":"status","link":"cut","received":5,"repeated":1,"missing":2}')).toEqual({
      event: 'status',
      link: 'cut',
      received: 5,
      repeated: 1,
      missing: 2,
    });
    const audit = '"made":9,"missing":0,"extra":0,"repeated":1,"outOfOrder":0,"wrongValues":0,"unheard":3';
    expect(parseHubMessage(`{"event":"audit",${audit},"sources":{}}`)).toEqual(
      JSON.parse(`{"event":"audit",${audit}}`),
    );
  });
});

describe('parseGatewayMessage', () => {
  it('sums the streams of the journal and the lanes of the sink', () => {
    const status = {
      gateway: { pid: 7 },
      journal: { streams: [{ syncedSequence: 3 }, { syncedSequence: 40 }] },
      sources: [
        { id: 'gps0', publishedCount: 0 },
        { id: 'can0', publishedCount: 9 },
      ],
      sinks: [{ state: 'waiting', lastError: 'cut', lanes: [{ backlogCount: 1 }, { backlogCount: 2 }] }],
    };
    expect(parseGatewayMessage(JSON.stringify(status))).toEqual({
      event: 'status',
      pid: 7,
      journaled: 43,
      backlog: 3,
      sinkState: 'waiting',
      sinkError: 'cut',
      heardDevices: ['can0'],
    });
  });

  it('reads how far InfluxDB has come, wherever its sink stands', () => {
    const lanes = [
      { acknowledgedSequence: 5, backlogCount: 1 },
      { acknowledgedSequence: 40, backlogCount: 0 },
    ];
    const sinks = [
      { state: 'online', lanes: [] },
      { type: 'influxdb', state: 'paused', lastError: 'no database', deadLetteredCount: 2, lanes },
    ];
    expect(parseGatewayMessage(JSON.stringify({ journal: {}, sinks }))).toMatchObject({
      influxdb: { state: 'paused', written: 45, backlog: 1, refused: 2, error: 'no database' },
    });
  });

  it('reads how the rules are, and what they said, where there are any', () => {
    const sinks = [{ lanes: [{ stream: 'alerts', acknowledgedSequence: 2 }] }];
    const rules = { state: 'held', lastError: 'rules.held' };
    expect(parseGatewayMessage(JSON.stringify({ journal: {}, sinks, rules }))).toMatchObject({
      rules: { state: 'held', error: 'rules.held', alertsAtHub: 2 },
    });
  });

  it('tells a gateway that does not answer from a snapshot', () => {
    expect(parseGatewayMessage('{"error":{"code":"gateway.notRunning"}}')).toEqual({ event: 'unreachable' });
  });
});

describe('every part', () => {
  it.each([
    ['no JSON', 'Warning: something'],
    ['a cut line', '{"event":"sta'],
    ['no object', '[1]'],
    ['null', 'null'],
    ['an unknown event', '{"event":"surprise"}'],
  ])('may print %s without harm', (_, line) => {
    expect([parseVehicleMessage(line), parseHubMessage(line), parseGatewayMessage(line)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('may state an error with its remedy', () => {
    const line = '{"event":"error","message":"no pty","remedy":"install it"}';
    expect(parseVehicleMessage(line)).toEqual(JSON.parse(line));
    expect(parseHubMessage(line)).toEqual(JSON.parse(line));
  });
});
