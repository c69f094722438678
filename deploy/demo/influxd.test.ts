import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { addInfluxdbSink, findInfluxd, startInfluxd } from './influxd.ts';

const TEMPLATE = readFileSync(new URL('waystation.template.yaml', import.meta.url), 'utf8');
let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'demo-influxd-'));
});

afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

it('takes the first influxd of the search path, and none where there is none', () => {
  expect(findInfluxd(dir)).toBeUndefined();
  expect(findInfluxd(undefined)).toBeUndefined();
  writeFileSync(join(dir, 'influxd'), '');
  expect(findInfluxd(`/nowhere${delimiter}${dir}`)).toBe(join(dir, 'influxd'));
});

it('puts its sink among those of the template', () => {
  const config = addInfluxdbSink(TEMPLATE, 4711);
  expect(config).toMatch(/\n {2}- id: influx\n {4}type: influxdb\n {4}url: http:\/\/127\.0\.0\.1:4711\n/);
  expect(config).not.toContain('was not found');
});

it('says where the log is when the program ends at once', async () => {
  const program = join(dir, 'influxd');
  writeFileSync(program, '#!/bin/sh\nexit 3\n');
  chmodSync(program, 0o755);
  await expect(startInfluxd(program, join(dir, 'data'), 1)).rejects.toThrow(
    /does not come up; its log is .*influxd.log/,
  );
});
