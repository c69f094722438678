import fc from 'fast-check';
import { expect, it } from 'vitest';
import { InfluxServer } from '#gateway/sinks/testing/influx-server.ts';
import { sampleEvent } from '#gateway/sinks/testing/sample-record.ts';
import { composePoint, type Point, pointBytes } from './compose-point.ts';
import { MIN_BATCH_BYTES } from './influxdb-target.ts';
import { NativeInfluxWriter } from './native-influx-writer.ts';
import { NpmInfluxWriter } from './npm-influx-writer.ts';

/** Text with everything that means something in a line. */
const nasty = fc.string({ unit: fc.constantFrom(...'\\\\\n\r\t"\', =#aé\0\u2028'), maxLength: 12 });
const json = fc.json({ stringUnit: fc.constantFrom(...'\\\n", =.a#'), maxDepth: 4 });
const payload = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.oneof(json, nasty).map((text) => Buffer.from(text)),
  fc
    .record({ type: fc.oneof(nasty, fc.constant('e')), time: nasty, data: fc.jsonValue() })
    .map((event) => Buffer.from(JSON.stringify(event))),
);
const topic = fc.oneof(
  nasty.map((text) => `sensors/${text}`),
  nasty.map((text) => `devices/${text}/x`),
  fc.constant('events/e'),
);
const integers = new Map([['mqtt.message', new Set(['value', 'a'])]]);
const point = fc
  .record({ payload, topic, clientId: nasty })
  .map((fields) => composePoint({ gatewayId: 'truck-7', integers }, sampleEvent(fields)))
  .filter((made) => made !== undefined);

it('gives one whole line for every event by either writer, whatever its payload, topic and client, of the size that it says [D2]', async () => {
  await using server = await InfluxServer.open();
  const endpoint = { version: 1, url: server.url, database: 'd', requestTimeoutMs: 5000 } as const;
  using byPackage = new NpmInfluxWriter(endpoint);
  using native = new NativeInfluxWriter(endpoint);
  await fc.assert(
    fc.asyncProperty(fc.array(point, { minLength: 1, maxLength: 4 }), async (sent) => {
      for (const writer of [byPackage, native]) {
        await writer.write(sent, new AbortController().signal);
        const lines = splitLines(server.requests.pop()?.body ?? '');
        expect(lines.map(parseLine)).toEqual(sent.map(expectedLine));
        const sizes = lines.map((line) => Buffer.byteLength(line) + 1);
        expect(sizes).toEqual(sent.map(pointBytes));
        expect(Math.max(...sizes)).toBeLessThan(MIN_BATCH_BYTES);
      }
    }),
    { numRuns: 200 },
  );
});

/** As InfluxDB does: a newline ends a line unless it stands between quotes; a backslash takes the next character along. */
function splitLines(body: string): readonly string[] {
  return cutAt(body, '\n');
}

/** Measurement, tags, fields and time, unescaped; the fields' values as they stand. */
function parseLine(line: string): object {
  const [series = '', fields = '', time] = cutAt(line, ' ');
  const [measurement = '', ...tags] = cutAt(series, ',');
  const pairs = (parts: readonly string[]) =>
    parts.map((part) => cutAt(part, '=')).map(([name = '', ...value]) => [unescaped(name), value.join('=')]);
  return {
    measurement: unescaped(measurement),
    tags: pairs(tags).map(([name, value = '']) => [name, unescaped(value)]),
    fields: pairs(cutAt(fields, ',')).sort(byName),
    time,
  };
}

function expectedLine({ measurement, tags, fields, timeUs }: Point): object {
  return {
    measurement: unescaped(measurement),
    tags: Object.entries(tags),
    // What is no character by itself cannot be told in UTF-8.
    fields: [...fields].map(([name, text]) => [name.toWellFormed(), text.toWellFormed()]).sort(byName),
    time: String(timeUs),
  };
}

function cutAt(text: string, separator: string): readonly string[] {
  const parts = [''];
  let isQuoted = false;
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index);
    const isCut = character === separator && !isQuoted;
    if (character === '"') isQuoted = !isQuoted;
    if (isCut) parts.push('');
    else parts[parts.length - 1] += character === '\\' ? text.slice(index, ++index + 1) : character;
  }
  return parts;
}

function unescaped(text: string): string {
  return text.replaceAll(/\\([, =])/g, '$1');
}

function byName([a = '']: readonly string[], [b = '']: readonly string[]): number {
  return a < b ? -1 : 1;
}
