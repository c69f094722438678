import { expect, it } from 'vitest';
import type { SinkConfig } from '#gateway/config/config-schema.ts';
import { parseConfig } from '#gateway/config/parse-config.ts';
import { sampleSink } from '#gateway/model/testing/sample-status.ts';
import { explainHub, explainOther } from './explain-sink.ts';
import { SAMPLE_STATUS } from './sample-status.ts';

const PARSED = parseConfig(
  Buffer.from(`version: 1
gateway: { id: truck-7 }
sinks:
  - { id: hub, type: mqtt, url: 'mqtt://127.0.0.1' }
  - { id: hook, type: webhook, url: 'https://host.example.com/in', credentials: { secretEnv: HOOK_SECRET } }
`),
  '/etc/waystation.yaml',
);
if (!PARSED.isValid) throw new Error('the sample is valid');
const CONFIG = PARSED.config;

function sinkAt(id: string): SinkConfig {
  const sink = CONFIG.sinks.find((each) => each.id === id);
  if (sink === undefined) throw new Error(`no sink ${id}`);
  return sink;
}

function hub(): SinkConfig & { readonly type: 'mqtt' } {
  const sink = sinkAt('hub');
  if (sink.type !== 'mqtt') throw new Error('the sample has a hub');
  return sink;
}

const OLD_FILE_S = 1e6;

it('shows what the hub granted where the gateway is connected', () => {
  const status = { ...SAMPLE_STATUS, sinks: [sampleSink({ type: 'mqtt', granted: { receiveMaximum: 20 } })] };
  const { hub: compared, hubNote } = explainHub(CONFIG, hub(), status, OLD_FILE_S);
  expect(compared?.[0]).toEqual({ name: 'publishes in flight', configured: 100, granted: 20, inEffect: 20, by: 'hub' });
  expect(hubNote).toBeUndefined();
});

it('says why only the configuration is shown', () => {
  const noteOf = (status: Parameters<typeof explainHub>[2]) => explainHub(CONFIG, hub(), status, OLD_FILE_S).hubNote;
  expect(noteOf('no gateway runs')).toBe('no gateway runs; only the configuration is shown');
  expect(noteOf({ ...SAMPLE_STATUS, sinks: [] })).toMatch(/^the gateway that runs has no such hub; restart it/);
  const paused = sampleSink({ type: 'mqtt', state: 'paused', lastError: 'hub.refused: no' });
  expect(noteOf({ ...SAMPLE_STATUS, sinks: [paused] })).toMatch(/^not connected .*; paused: hub.refused: no$/);
});

it('says that the gateway goes by an older configuration', () => {
  const status = { ...SAMPLE_STATUS, sinks: [sampleSink({ type: 'mqtt', granted: {} })] };
  expect(explainHub(CONFIG, hub(), status, 1).hubNote).toMatch(/^the configuration is newer than the gateway/);
});

it('lists what is in effect of a sink that is no hub, without its secret', async () => {
  const { type, settings } = await explainOther(sinkAt('hook'));
  expect(type).toBe('webhook');
  expect(settings).toContainEqual({ name: 'batch.maxEvents', value: '100' });
  expect(settings.map(({ name }) => name).join()).not.toMatch(/credentials|secret/);
});
