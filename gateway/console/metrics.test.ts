import { describe, expect, it } from 'vitest';
import { sampleSink, sampleStatus } from '#gateway/model/testing/sample-status.ts';
import { METRICS, renderMetrics } from './metrics.ts';

describe('renderMetrics', () => {
  const sinks = [
    sampleSink({
      ...{ state: 'waiting', acknowledgedCount: 90, backlogCount: 12 },
      downlink: { takenCount: 5, duplicateCount: 0, ignored: { tooFast: 4980 } },
    }),
    sampleSink({ id: 'spare' }),
  ];
  const text = renderMetrics({ status: sampleStatus({ syncedSequence: 100, sinks }), oldestUnsentMs: { hub: 12_500 } });

  it.each([
    'waystation_info{gateway="truck-7",uid="aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",version="1.2.3"} 1',
    'waystation_uptime_seconds 60',
    'waystation_journal_state{state="ok"} 1',
    'waystation_journal_state{state="full"} 0',
    'waystation_journal_appended_records_total 100',
    'waystation_journal_written_bytes_total 4000',
    'waystation_process_written_bytes_total 8192',
    'waystation_device_written_bytes_total{device="mmcblk0"} 16384',
    'waystation_journal_write_amplification_ratio 8.192',
    'waystation_device_projected_life_seconds 8640000',
    'waystation_stream_size_bytes{stream="telemetry"} 4096',
    'waystation_broker_refusals_total{reason="badLogin"} 3',
    'waystation_source_state{source="gps0",state="open"} 1',
    'waystation_source_rejections_total{source="gps0",reason="wrong-checksum"} 4',
    'waystation_sink_state{sink="hub",state="waiting"} 1',
    'waystation_sink_state{sink="hub",state="online"} 0',
    'waystation_sink_acknowledged_events_total{sink="hub"} 90',
    'waystation_sink_backlog_events{sink="hub",stream="telemetry"} 12',
    'waystation_sink_lost_untold_records{sink="hub",stream="telemetry"} 0',
    'waystation_sink_oldest_unsent_seconds{sink="hub"} 12.5',
    'waystation_sink_commands_taken_total{sink="hub"} 5',
    'waystation_sink_commands_ignored_total{sink="hub",reason="tooFast"} 4980',
    'waystation_sink_oldest_unsent_seconds{sink="spare"} 0',
  ])('says %s', (line) => {
    expect(text.split('\n')).toContain(line);
  });

  it('tells of rules, and of refused events, only where there are any', () => {
    expect(text).not.toMatch(/^waystation_(rules_|sink_refused)/m);
    const login = { username: 'admin', passwordFile: '/data/rules/admin-password' };
    const counts = { rssBytes: 5, restartCount: 2, refusedPublishCount: 0 };
    const rules = { state: 'held', url: 'http://127.0.0.1:1880', login, isConnected: true, ...counts } as const;
    const status = { ...sampleStatus({ sinks: [sampleSink({ refusedCount: 7 })] }), rules };
    const lines = renderMetrics({ status, oldestUnsentMs: {} }).split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'waystation_rules_state{state="held"} 1',
        'waystation_rules_state{state="running"} 0',
        'waystation_rules_resident_memory_bytes 5',
        'waystation_rules_restarts_total 2',
        'waystation_sink_refused_events_total{sink="hub"} 7',
      ]),
    );
  });

  it('leaves out what the system does not tell of the disk, rather than calling it 0', () => {
    const status = sampleStatus();
    const wear = { observedSeconds: 60, logicalBytes: 0, basis: 'journal' } as const;
    const blind = { ...status, journal: { ...status.journal, wear } };
    expect(renderMetrics({ status: blind, oldestUnsentMs: {} })).not.toMatch(
      /^waystation_(process_|device_|\w+_ratio )/m,
    );
  });

  it('leaves out an age that is not known, rather than calling it 0', () => {
    const unknown = renderMetrics({
      status: sampleStatus({ sinks: [sampleSink({ backlogCount: 3 })] }),
      oldestUnsentMs: {},
    });
    expect(unknown).not.toMatch(/^waystation_sink_oldest_unsent_seconds\{/m);
  });

  it('leaves out what is no number, rather than writing NaN', () => {
    const status = sampleStatus();
    const wear = { ...status.journal.wear, amplification: 0 / 0, projectedLifeDays: 1 / 0 };
    const odd = { ...status, journal: { ...status.journal, wear } };
    const none = renderMetrics({ status: odd, oldestUnsentMs: { hub: 0 / 0 } });
    expect(none).not.toMatch(/ (NaN|Infinity)$/m);
    expect(none).not.toMatch(/^waystation_(journal_write_amplification|device_projected|sink_oldest)\w+[ {]/m);
  });

  it('escapes what a label must not hold', () => {
    const status = sampleStatus();
    const odd = { ...status, gateway: { ...status.gateway, version: 'a"b\\c\nd' } };
    expect(renderMetrics({ status: odd, oldestUnsentMs: {} })).toContain('version="a\\"b\\\\c\\nd"');
  });

  it('is made of lines that Prometheus reads', () => {
    const line = /^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{([a-z]+="([^"\\]|\\.)*",?)+\})? -?[0-9.e+-]+)$/;
    expect(
      text
        .trimEnd()
        .split('\n')
        .filter((each) => !line.test(each)),
    ).toEqual([]);
  });
});

describe('the names of the metrics', () => {
  it.each(METRICS.map(({ name, type }) => [name, type] as const))(
    '%s follows the conventions for a %s',
    (name, type) => {
      expect(name).toMatch(/^waystation_[a-z_]+$/);
      expect(name.endsWith('_total')).toBe(type === 'counter');
      expect(name).not.toMatch(/_(ms|milliseconds|count)(_|$)/);
    },
  );

  it('are all different', () => {
    expect(new Set(METRICS.map(({ name }) => name)).size).toBe(METRICS.length);
  });
});
