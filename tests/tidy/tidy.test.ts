import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { allCommands, commandReference } from './command-reference.ts';
import { configReference } from './config-reference.ts';
import { conformanceReference, namedTests, STATEMENTS } from './conformance-reference.ts';
import { deadLinksOf, unknownCommandsIn } from './document.ts';
import { errorReference } from './error-reference.ts';
import { layerTable } from './layers.ts';
import { metricsReference } from './metrics-reference.ts';
import { violationsOf } from './rules.ts';
import { readSourceFile } from './source-file.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What git tracks, and what it would track: an untracked file is held to the rules before it is committed. */
function repositoryFiles(): readonly string[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate'], {
    cwd: root,
    encoding: 'utf8',
  });
  const removed = execFileSync('git', ['ls-files', '--deleted'], { cwd: root, encoding: 'utf8' }).split('\n');
  return listed.split('\n').filter((file) => file !== '' && !removed.includes(file));
}

function read(file: string): string {
  return readFileSync(`${root}/${file}`, 'utf8');
}

describe('the repository', () => {
  const files = repositoryFiles();

  it('keeps the layers, the doors, the names and the lengths', () => {
    const sources = files.filter((file) => /\.(ts|tsx|mjs)$/.test(file));
    expect(sources.length).toBeGreaterThan(20);
    expect(sources.flatMap((file) => violationsOf(readSourceFile(file, read(file))))).toEqual([]);
  }, 30_000);

  it('prints the layer table of layers.ts in docs/ARCHITECTURE.md', () => {
    expect(read('docs/ARCHITECTURE.md')).toContain(layerTable());
  });

  it('documents every error code, as the register has it', () => {
    expect(read('docs/errors.md')).toBe(errorReference());
  });

  it('documents every configuration key, as the schema has it', () => {
    expect(read('docs/configuration.md')).toBe(configReference());
  });

  it('documents every metric, as the table has it', () => {
    expect(read('docs/metrics.md')).toBe(metricsReference());
  });

  it('documents every command, as the program has it', async () => {
    expect(read('docs/commands.md')).toBe(await commandReference());
  });

  it('names no command that there is not, and links to nothing that is not there', async () => {
    const documents = files.filter((file) => file.endsWith('.md')).map((file) => ({ file, text: read(file) }));
    const commands = new Set((await allCommands()).keys());
    expect(documents.flatMap((each) => unknownCommandsIn(each, commands))).toEqual([]);
    const all = new Set(files);
    expect(documents.flatMap((each) => deadLinksOf(each, all, read))).toEqual([]);
  });

  it('documents every statement of MQTT 3.1.1, with the tests that name it', () => {
    expect(read('docs/mqtt-conformance.md')).toBe(conformanceReference());
  });

  it('has a test or a reason for every statement of MQTT 3.1.1, and no test of an unknown one', () => {
    const clauses = STATEMENTS.map(([clause]) => clause);
    expect(clauses).toEqual([...new Set(clauses)]);
    const tested = new Set(namedTests().map(({ clause }) => clause));
    const wanted = STATEMENTS.filter(([, , whyUntested]) => whyUntested === undefined).map(([clause]) => clause);
    expect([...tested].toSorted()).toEqual(wanted.toSorted());
  });

  it('gives every decision a number of its own, the same in name and title', () => {
    const decisions = files.filter((file) => file.startsWith('docs/decisions/'));
    const numbers = decisions.map((file) => Number(/^docs\/decisions\/(\d{4})-/.exec(file)?.[1]));
    expect(numbers.length).toBeGreaterThan(5);
    expect(numbers).toEqual([...new Set(numbers)]);
    expect(decisions.map((file) => Number.parseInt(read(file).slice(2), 10))).toEqual(numbers);
  });

  it('holds no machine paths, download addresses or personal notes', () => {
    const pattern = new RegExp(['/wo' + 'rk/', 'registry\\.[a-z]+\\.', 'TO' + 'DO', 'FIX' + 'ME'].join('|'));
    const checked = files.filter((file) => !/\.(png|lock)$|package-lock\.json$/.test(file));
    expect(checked.filter((file) => pattern.test(read(file)))).toEqual([]);
  });

  it('records no download address in the lock file', () => {
    expect(read('package-lock.json')).not.toContain('"resolved": "http');
  });
});

describe('a document', () => {
  const target = ['# A page', '## What is `sync`?', '```sh', '# no heading', '```'].join('\n');
  const read = () => target;
  const dead = (text: string) =>
    deadLinksOf({ file: 'docs/a.md', text }, new Set(['docs/a.md', 'docs/b.md', 'deploy/x']), read);

  it('finds links that lead nowhere', () => {
    expect(dead('[a](c.md) [b](b.md#no-heading) [c](#none) [d](../deploy/none)')).toEqual([
      'docs/a.md: c.md',
      'docs/a.md: b.md#no-heading',
      'docs/a.md: #none',
      'docs/a.md: ../deploy/none',
    ]);
  });

  it('lets files, folders, headings and other hosts pass', () => {
    expect(
      dead('[a](b.md) [b](b.md#what-is-sync) [c](#a-page) [d](../deploy) [e](https://example.com/#none) `[f](no)`'),
    ).toEqual([]);
  });

  it('finds commands that there are not, whatever their arguments', () => {
    const commands = new Set(['waystation', 'waystation run', 'waystation sinks', 'waystation sinks retry']);
    const text =
      '`waystation rnu`\n$ waystation sinks rety hub\ndeploy/waystation sinks retry hub; `waystation run -c a`';
    expect(unknownCommandsIn({ file: 'a.md', text }, commands)).toEqual([
      'a.md: waystation rnu',
      'a.md: waystation sinks rety',
    ]);
  });
});

describe('violationsOf', () => {
  const planted: readonly (readonly [why: string, path: string, text: string])[] = [
    ['gateway/sinks may not', 'gateway/sinks/planted.ts', "import { a } from '#gateway/broker/open-broker.ts';"],
    ['devices may not', 'devices/gps/planted.ts', "import type { A } from '#gateway/model/message.ts';"],
    ['firmware-sim may not', 'firmware-sim/planted.ts', "export * from '#gateway/model/message.ts';"],
    ['deploy may not', 'deploy/planted.ts', "const a = await import('#firmware-sim/main.ts');"],
    ['gateway/model may not', 'gateway/model/planted.ts', "type A = import('#gateway/config/schema.ts').A;"],
    ['climbs out of its folder', 'gateway/sinks/planted.ts', "import { a } from '../model/message.ts';"],
    ['its door is gateway/sources', 'gateway/sinks/planted.ts', "import { SerialPort } from 'serialport';"],
    ['its door is nowhere', 'gateway/sinks/planted.ts', "import _ from 'lodash';"],
    ['devices are pure', 'devices/gps/planted.ts', "import { readFileSync } from 'node:fs';"],
    ['calls Date.now', 'gateway/sinks/planted.ts', 'export const a = Date.now();'],
    ['calls new Date()', 'devices/gps/planted.ts', 'export const a = new Date();'],
    ['calls setTimeout', 'gateway/broker/planted.ts', 'setTimeout(() => {}, 5);'],
    ['calls Math.random', 'gateway/journal/planted.ts', 'export const a = Math.random();'],
    ['at most 400', 'gateway/sinks/planted.ts', 'export const a = 1;\n'.repeat(401)],
    ['says nothing', 'gateway/sinks/utils.ts', 'export const a = 1;'],
    ['belongs to no layer', 'elsewhere/planted.ts', 'export const a = 1;'],
  ];

  it.each(planted)('finds a planted violation: %s', (why, path, text) => {
    expect(violationsOf(readSourceFile(path, text))).toEqual([expect.stringContaining(why)]);
  });

  it('lets allowed imports pass', () => {
    const text = [
      "import type { Message } from '#gateway/model/message.ts';",
      "import { connect } from 'mqtt';",
      "import { step } from './delivery/step.ts';",
      'export const at = new Date(0);',
    ].join('\n');
    expect(violationsOf(readSourceFile('gateway/sinks/planted.ts', text))).toEqual([]);
  });
});
