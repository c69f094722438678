import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CHECKOUT } from '#tests/support/checkout.ts';
import { runToEnd } from '#tests/support/child.ts';
import { type CanLoad, composeDbc, composeFrames, composeSlcan } from './can-capture.ts';
import type { CanReaderCost } from './can-reader.ts';
import { runForJson } from './journal.ts';
import { type Bench, inAlternation, openFolder } from './scenario.ts';

/** Some five seconds of a full bus of 500 kbit/s. */
const FRAME_COUNT = 20_000;

/** Readers, and the program that each is part of. */
const WAYSTATION = 'Waystation';
const PYTHON = 'Python';

interface CanSubject {
  readonly name: string;
  readonly reader: string;
}

/** What is measured, on which frames, and by whom. */
const MEASUREMENTS: readonly {
  readonly what: string;
  readonly load: CanLoad;
  readonly subjects: readonly CanSubject[];
}[] = [
  {
    what: 'SLCAN, bytes to frames',
    load: 'intel',
    subjects: [
      { name: WAYSTATION, reader: 'slcan' },
      { name: PYTHON, reader: 'python-can' },
    ],
  },
  {
    what: 'DBC, 8 Intel signals',
    load: 'intel',
    subjects: [
      { name: WAYSTATION, reader: 'waystation' },
      { name: `${WAYSTATION}, as objects`, reader: 'waystation-objects' },
      { name: 'candied', reader: 'candied' },
      { name: PYTHON, reader: 'canmatrix' },
    ],
  },
  {
    what: 'DBC, 8 Motorola signals',
    load: 'motorola',
    subjects: [
      { name: WAYSTATION, reader: 'waystation' },
      { name: `${WAYSTATION}, as objects`, reader: 'waystation-objects' },
      { name: PYTHON, reader: 'canmatrix' },
    ],
  },
  { what: 'J1939, single frames', load: 'j1939', subjects: [{ name: WAYSTATION, reader: 'j1939' }] },
  { what: 'J1939, transfers of 40 bytes', load: 'transfers', subjects: [{ name: WAYSTATION, reader: 'j1939' }] },
];

/** What a frame costs the processor: SLCAN parsed, decoded by a DBC file, as J1939; beside a library of Node and those of Python. */
export async function measureCan(bench: Bench): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const folder = await openFolder(bench, stack);
  const python = await findPython();
  if (python === undefined)
    bench.progress('left out: Python (the Debian packages python3-canmatrix and python3-can are not installed)');
  for (const { load, subjects, what } of MEASUREMENTS) {
    const [capture, dbc] = [join(folder, `${load}.slcan`), join(folder, `${load}.dbc`)];
    await writeFile(capture, composeSlcan(composeFrames(load, FRAME_COUNT)));
    await writeFile(dbc, composeDbc(load));
    const able = subjects.filter(({ name }) => name !== PYTHON || python !== undefined);
    const sums: number[] = [];
    await inAlternation(bench, `can ${load}`, able, async ({ name: subject, reader }) => {
      const args = [reader, capture, dbc];
      const cost =
        subject === PYTHON
          ? await runPython(python ?? '', args)
          : await runForJson<CanReaderCost>('bench/can-reader.ts', args);
      expectSame(subject, sums, cost.sum);
      bench.log.add({ scenario: 'can', what, subject, unit: 'frames/s' }, cost.framesPerSecond);
      bench.log.add(
        { scenario: 'can', what: `${what}: processor time per frame`, subject, unit: 'µs' },
        cost.cpuUsPerFrame,
      );
      return `${Math.round(cost.framesPerSecond)} frames/s`;
    });
  }
}

/** Sums are of some hundred thousand numbers, in whatever order. */
const RELATIVE_TOLERANCE = 1e-9;

/** A reader that finds nothing, or something else, is fast. @throws Error if it found other values than the first one */
function expectSame(subject: string, sums: number[], sum: number): void {
  sums.push(sum);
  const [first = 0] = sums;
  if (sum === 0 || Math.abs(sum - first) > Math.abs(first) * RELATIVE_TOLERANCE)
    throw new Error(`${subject} found values of ${sum} in sum, expected ${first}`);
}

/** The distribution's packages belong to its own Python. @returns undefined where one of them is missing */
async function findPython(): Promise<string | undefined> {
  for (const program of ['/usr/bin/python3', 'python3']) {
    const { code } = await runToEnd(program, ['-c', 'import can, canmatrix, serial']).catch(() => ({ code: 1 }));
    if (code === 0) return program;
  }
  return undefined;
}

async function runPython(python: string, args: readonly string[]): Promise<CanReaderCost> {
  const { code, stderr, stdout } = await runToEnd(python, [join(CHECKOUT, 'bench/can-reader.py'), ...args]);
  if (code !== 0) throw new Error(`can-reader.py ${args.join(' ')} failed: ${stderr}`);
  // Its one line is what the other program prints.
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as CanReaderCost;
}
