import { appendFile, mkdir, readdir, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { type SeededRandom, seededRandom } from '#tests/support/seeded-random.ts';
import { type Arrival, openCloudEvent } from './arrival.ts';
import type { OtherSink } from './other-sink.ts';
import type { OtherPlan } from './plan-others.ts';

/** Half a line, half a frame: what a write leaves behind that a power cut ended. */
const TORN_BYTES = 20;

/** A folder that vanishes while the gateway writes to it, and comes back; nothing or another folder stands at its place meanwhile. */
export class OtherDrive implements OtherSink {
  readonly config: object;
  readonly #folder: string;
  readonly #place: string;
  readonly #random: SeededRandom;
  #asideCount = 0;
  #turn: Promise<void> = Promise.resolve();
  #isCalm = false;

  private constructor(plan: Extract<OtherPlan, { readonly type: 'file' }>, folder: string) {
    const { id, compress, maxFileBytes, maxAgeMs, seed } = plan;
    this.#folder = folder;
    this.#place = join(folder, 'drive');
    this.#random = seededRandom(seed);
    this.config = {
      ...{ id, type: 'file', directory: this.#place, requireMount: false, compress, maxFileBytes },
      batch: { maxEvents: 500, maxAgeMs },
    };
  }

  static async open(plan: Extract<OtherPlan, { readonly type: 'file' }>, folder: string): Promise<OtherDrive> {
    const drive = new OtherDrive(plan, folder);
    await mkdir(drive.#place);
    return drive;
  }

  disturb(): Promise<void> {
    const [isHit, isOther] = [this.#random.next() < 0.6, this.#random.next() < 0.5];
    const awayMs = this.#random.integer(1, 600);
    if (isHit && !this.#isCalm) this.#turn = this.#turn.then(() => this.#pullOut(isOther, awayMs));
    return this.#turn;
  }

  async cutPower(): Promise<void> {
    for (const folder of await this.#folders()) await tear(folder);
  }

  async calm(): Promise<void> {
    this.#isCalm = true;
    await this.#turn;
  }

  async arrivals() {
    const wrong: string[] = [];
    const files: (readonly Arrival[])[] = [];
    for (const folder of await this.#folders()) {
      for (const name of (await readdir(folder)).toSorted()) {
        const { lines, isTorn } = readLines(await readFile(join(folder, name)), name.includes('.zst'));
        // A tail that a cut left is cut off before the next write, which may never come; behind one that was not, nothing can be read.
        if (isTorn && !name.endsWith('.part')) wrong.push(`${name} ends within a line`);
        files.push(lines.map((line) => openCloudEvent(JSON.parse(line), files.length + 1)));
      }
    }
    return { arrivals: inOrder(files), wrong };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.calm();
  }

  /** @param isOther another folder may be made at its place */
  async #pullOut(isOther: boolean, awayMs: number): Promise<void> {
    const aside = await this.#moveAside();
    if (aside === undefined) return;
    // Where a file stands no folder can be made; it may be there already.
    if (!isOther) await writeFile(this.#place, '').catch(isExpected('EISDIR'));
    await new Promise((resolve) => setTimeout(resolve, awayMs));
    // A folder that the gateway has made is moved aside below; `rm` would empty one that is made while it looks.
    await unlink(this.#place).catch(isExpected('EISDIR', 'ENOENT'));
    while (!(await isMoved(aside, this.#place))) await this.#moveAside();
  }

  async #moveAside(): Promise<string | undefined> {
    const aside = `${this.#place}-${this.#asideCount + 1}`;
    if (!(await isMoved(this.#place, aside))) return undefined;
    this.#asideCount++;
    return aside;
  }

  /** The drive, and what stood at its place while it was away. */
  async #folders(): Promise<readonly string[]> {
    const names = await readdir(this.#folder);
    return names.filter((name) => /^drive(-\d+)?$/.test(name)).map((name) => join(this.#folder, name));
  }
}

/** Passes over these errors, and no others. */
function isExpected(...codes: readonly string[]) {
  return (error: NodeJS.ErrnoException): undefined => {
    if (error.code === undefined || !codes.includes(error.code)) throw error;
  };
}

async function isMoved(from: string, to: string): Promise<boolean> {
  return await rename(from, to).then(
    () => true,
    () => false,
  );
}

async function tear(folder: string): Promise<void> {
  // A file stands at the place of the folder now and then, and the folder may be pulled out just now.
  const isAway = isExpected('ENOENT', 'ENOTDIR');
  for (const name of (await readdir(folder).catch(isAway)) ?? []) {
    if (!name.endsWith('.part')) continue;
    const bytes = await readFile(join(folder, name)).catch(isAway);
    if (bytes === undefined || bytes.length <= TORN_BYTES) continue;
    await appendFile(join(folder, name), bytes.subarray(0, TORN_BYTES)).catch(isAway);
  }
}

/** @see docs/delivery.md: the length of a frame stands before it, in a frame to pass over */
function readLines(
  bytes: Buffer,
  isCompressed: boolean,
): { readonly lines: readonly string[]; readonly isTorn: boolean } {
  const parts: Buffer[] = [];
  let at = 0;
  while (isCompressed && at + HEAD_BYTES <= bytes.length) {
    const end = at + HEAD_BYTES + bytes.readUInt32LE(at + HEAD_BYTES - 4);
    if (end > bytes.length) break;
    parts.push(zstdDecompressSync(bytes.subarray(at + HEAD_BYTES, end)));
    at = end;
  }
  const lines = (isCompressed ? Buffer.concat(parts) : bytes).toString().split('\n');
  return { lines: lines.slice(0, -1), isTorn: lines.at(-1) !== '' || (isCompressed && at < bytes.length) };
}

const HEAD_BYTES = 12;

/** A file is in the order of delivery, and begins behind what the files before it began with. */
function inOrder(files: readonly (readonly Arrival[])[]): readonly Arrival[] {
  const streams = new Set(files.flat().map(({ stream }) => stream));
  return [...streams].flatMap((stream) =>
    files
      .map((arrivals) => arrivals.filter((arrival) => arrival.stream === stream))
      .sort(([a], [b]) => (a?.sequence ?? 0) - (b?.sequence ?? 0))
      .flat(),
  );
}
