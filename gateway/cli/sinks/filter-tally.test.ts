import { describe, expect, it } from 'vitest';
import { sampleStored } from '#gateway/cli/journal/sample-item.ts';
import { parseConfig } from '#gateway/config/parse-config.ts';
import { targetTypeOf } from '#gateway/sinks/target-types.ts';
import { FilterTally, MAX_TALLIED_TOPICS, OTHER_TOPICS } from './filter-tally.ts';
import { formatReport } from './format-report.ts';

const UID = '0'.repeat(32);

/** Parsed once: that takes longer than the tests. */
const SINKS = sinksOf(`
  - { id: plain, type: mqtt, url: "mqtts://h", prefix: fleet, envelope: none }
  - { id: batched, type: mqtt, url: "mqtts://h", prefix: fleet, batch: { maxEvents: 100, maxAgeMs: 3600000 } }
  - { id: often, type: mqtt, url: "mqtts://h", prefix: fleet, batch: { maxEvents: 100, maxAgeMs: 10000 } }
  - { id: points, type: influxdb, url: "http://h", database: d }
  - { id: changes, type: mqtt, url: "mqtts://h", filter: [{ topics: ["#"], onChange: true }] }
  - id: rules
    type: mqtt
    url: mqtts://h
    filter:
      - { topics: ["noise/#"], drop: true }
      - { topics: ["+/a"], minIntervalMs: 5000, topic: "x/\${1}" }
`);

function sinksOf(yaml: string) {
  const text = `version: 1\ngateway: { id: truck-7 }\ndataDir: ./data\nsinks:${yaml}`;
  const parsed = parseConfig(Buffer.from(text), 'waystation.yaml');
  if (!parsed.isValid) throw new Error(JSON.stringify(parsed.problems));
  return parsed.config.sinks;
}

async function tallyOf(id: string, items: Iterable<Parameters<FilterTally['add']>[0]>) {
  const sink = SINKS.find((each) => each.id === id);
  if (sink === undefined) throw new Error(id);
  const target = await targetTypeOf(sink);
  const meter = await target.openMeter(sink, { gatewayId: 'truck-7', gatewayUid: UID });
  const tally = new FilterTally(sink.filter, meter);
  for (const item of items) tally.add(item);
  return tally.report();
}

/** One a second, on topics in turn. */
function items(count: number, topics: readonly string[], payloadOf: (index: number) => string) {
  return Array.from({ length: count }, (_, index) =>
    sampleStored({
      sequence: index + 1,
      topic: topics[index % topics.length] ?? '',
      payload: Buffer.from(payloadOf(index)),
    }),
  );
}

const constant = () => '"two point four"';

it('says by which rule what was left out, and under which topic the rest goes', async () => {
  const report = await tallyOf('rules', items(30, ['noise/1', 'sensors/a', 'sensors/b'], constant));
  expect(report).toMatchObject({
    seen: { count: 30, payloadBytes: 480 },
    forwarded: { count: 15, payloadBytes: 240 },
    leftOut: [
      { ruleIndex: 0, reason: 'drop', count: 10 },
      { ruleIndex: 1, reason: 'minIntervalMs', count: 5 },
    ],
    spanMs: 29_000,
  });
  expect(report.topics).toMatchObject([
    { topic: 'sensors/b', seen: { count: 10 }, forwarded: { count: 10 }, leftOut: [] },
    { topic: 'sensors/a', forwardedTopic: 'x/sensors', seen: { count: 10 }, forwarded: { count: 5 } },
    { topic: 'noise/1', seen: { count: 10 }, forwarded: { count: 0, envelopeBytes: 0 } },
  ]);
});

describe('the cost', () => {
  it('of one publish with QoS 1 over TLS is what was counted on a wire', async () => {
    const payload = 'x'.repeat(133);
    const [item] = items(1, ['devices/gps0/pos'], () => payload);
    const report = await tallyOf('plain', item === undefined ? [] : [item]);
    // 324.7 bytes were, for 132.7 of payload on a topic of some 16 bytes.
    expect(report.wireBytes - report.forwarded.envelopeBytes).toBe(168);
    expect(report.wireBytes).toBeGreaterThan(320);
    expect(report.wireBytes).toBeLessThan(345);
  });

  it('of batches is that of the batches that would be sent', async () => {
    const payloadOf = (index: number) => JSON.stringify({ data: { speedKmh: 48 + (index % 7), count: index } });
    const all = items(1000, ['sensors/a'], payloadOf);
    const single = await tallyOf('plain', all);
    const batched = await tallyOf('batched', all);
    const often = await tallyOf('often', all);
    expect(batched.wireBytes / 1000).toBeLessThan(40);
    expect(often.wireBytes).toBeGreaterThan(2 * batched.wireBytes);
    expect(single.wireBytes).toBeGreaterThan(4 * often.wireBytes);
  });

  it('of points is that of their lines, and of a request for each second', async () => {
    const report = await tallyOf(
      'points',
      items(10, ['sensors/a'], () => '2.5'),
    );
    expect(report.forwarded.envelopeBytes).toBeGreaterThan(report.forwarded.payloadBytes);
    expect(report.wireBytes).toBeGreaterThan(10 * 500);
  });
});

it('tells a bounded number of topics apart [P3]', async () => {
  const many = function* () {
    for (let index = 0; index < MAX_TALLIED_TOPICS + 5; index++) {
      yield sampleStored({ sequence: index + 1, topic: `sensors/${index}` });
    }
  };
  const { topics, seen } = await tallyOf('plain', many());
  expect(topics).toHaveLength(MAX_TALLIED_TOPICS + 1);
  expect(topics.find(({ topic }) => topic === OTHER_TOPICS)?.seen.count).toBe(5);
  expect(seen.count).toBe(MAX_TALLIED_TOPICS + 5);
});

it('says when rules remember more topics than there is room for', async () => {
  const topics = Array.from({ length: 1000 }, (_, index) => `sensors/${index}`);
  const report = await tallyOf('changes', items(3000, topics, constant));
  expect(report.forgottenCount).toBeGreaterThan(1000);
  expect(report.forwarded.count).toBe(3000);
  expect(formatReport(report)).toContain('narrow their topics');
});

it('counts what is lost, of which the remote is told', async () => {
  const lost = { from: 5, to: 9, epoch: sampleStored({}).epoch, reason: 'quota' } as const;
  const report = await tallyOf('plain', [sampleStored({ sequence: 4 }), { stream: 'telemetry', lost }]);
  expect(report.lostCount).toBe(5);
  expect(formatReport(report)).toContain('5 records are gone');
});

describe('formatReport', () => {
  it('prints a row a topic, the sums, and what a day would take', async () => {
    const text = formatReport(
      await tallyOf(
        'changes',
        items(600, ['sensors/a', 'sensors/b'], () => '2.4'),
      ),
    );
    expect(text).toMatch(/^sensors\/a +300 +1 +filter\[0\] unchanged 299 /m);
    expect(text).toMatch(/^forwarded {2}2 of 600 records \(0\.3 %\)$/m);
    expect(text).toMatch(/^a day {6}288 events, payload /m);
  });

  it('prints fifty topics, and how many there are', async () => {
    const topics = Array.from({ length: 60 }, (_, index) => `sensors/${index}`);
    expect(formatReport(await tallyOf('plain', items(60, topics, constant)))).toContain('… and 10 topics more');
  });

  it('projects nothing from a few seconds, and nothing from nothing', async () => {
    expect(formatReport(await tallyOf('plain', items(10, ['a'], constant)))).not.toContain('a day');
    expect(formatReport(await tallyOf('plain', []))).toBe('no records there\n');
  });
});
