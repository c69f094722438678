import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Arrival, bareArrival, openCloudEvent } from './arrival.ts';
import { FaultyServer } from './faulty-server.ts';
import type { OtherSink } from './other-sink.ts';
import { type OtherPlan, silenceMsOf } from './plan-others.ts';

type PlanOf<T> = Extract<OtherPlan, { readonly type: T }>;

/** A receiver of web hooks. @param folder of the configuration */
export async function openHook(plan: PlanOf<'webhook'>, folder: string): Promise<OtherSink> {
  const server = await FaultyServer.open(plan, plan.seed);
  await mkdir(join(folder, 'secrets'), { recursive: true });
  await writeFile(join(folder, 'secrets', 'hook'), 'a secret for tests\n', { mode: 0o600 });
  const config = {
    ...{ id: plan.id, type: 'webhook', url: `${server.url}/hook`, credentials: { secretFile: 'secrets/hook' } },
    ...{ batch: { maxEvents: plan.maxEvents }, window: { ackTimeoutMs: silenceMsOf(plan) } },
  };
  return withServer(server, config, () =>
    server.taken.flatMap(({ body }, index) => {
      const events: readonly Readonly<Record<string, unknown>>[] = JSON.parse(body);
      // Each request is a connection of its own: within it events follow one another.
      return events.map((event) => openCloudEvent(event, index + 1));
    }),
  );
}

/** What pretends to be an InfluxDB 1.x. */
export async function openInfluxdb(plan: PlanOf<'influxdb'>): Promise<OtherSink> {
  const server = await FaultyServer.open(plan, plan.seed);
  const config = {
    ...{ id: plan.id, type: 'influxdb', url: server.url, database: 'telemetry', writer: plan.writer },
    window: { ackTimeoutMs: silenceMsOf(plan) },
  };
  return withServer(server, config, () =>
    server.taken.flatMap(({ body }) => body.split('\n').flatMap((line) => openLine(line))),
  );
}

function withServer(server: FaultyServer, config: object, open: () => readonly Arrival[]): OtherSink {
  return {
    config,
    disturb: () => server.disturb(),
    cutPower: () => Promise.resolve(),
    calm: () => server.calm(),
    arrivals: async () => ({ arrivals: open(), wrong: [] }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** The lines of our publishers; others tell of the gateway itself. */
const LINE = /^mqtt\.message,(?<tags>\S+) (?<fields>\S+) (?<time>\d+)$/;

/** @throws Error where a point is none of a publisher's */
function openLine(line: string): readonly Arrival[] {
  const { tags = '', fields = '', time } = LINE.exec(line)?.groups ?? {};
  if (time === undefined) return [];
  const topic = /(?:^|,)topic=([^,]+)/.exec(tags)?.[1];
  const client = /(?:^|,)client_="(\w+)"/.exec(fields)?.[1];
  const counter = /(?:^|,)counter=(\d+)/.exec(fields)?.[1];
  if (topic === undefined || client === undefined || counter === undefined) throw new Error(`${line} is no point`);
  return [bareArrival(topic, JSON.stringify({ client, counter: Number(counter) }), 0, `${tags} ${time}`)];
}
