import { SOURCE_NAMES, type SourceName } from '#firmware-sim/protocol.ts';
import { encodeLedgerLine, type LedgerLine, type MadeLine, parseLedgerLine, type Values } from './ledger-line.ts';
import { type NdjsonFile, openNdjsonFile } from './ndjson-file.ts';
import { NdjsonTail } from './ndjson-tail.ts';

/** The simulator's side of the ledger: writes down what is made, and knows how far earlier runs came. */
export class Ledger implements Disposable {
  readonly #file: NdjsonFile;
  readonly #sources: Readonly<Record<SourceName, SourceLedger>>;
  #unheardCount = 0;
  #playedCount = 0;

  constructor(file: NdjsonFile, earlier: Iterable<LedgerLine>) {
    this.#file = file;
    this.#sources = { gps0: emptySource(), can0: emptySource(), 'tyre-monitor': emptySource() };
    for (const line of earlier) this.#count(line);
  }

  /** How many of each source were made, over all runs: those that can be compared. */
  get made(): Readonly<Record<SourceName, number>> {
    const counts = { gps0: 0, can0: 0, 'tyre-monitor': 0 };
    for (const source of SOURCE_NAMES) counts[source] = this.#sources[source].madeCount;
    return counts;
  }

  /** Lines of recordings played in this run. */
  get playedCount(): number {
    return this.#playedCount;
  }

  /** How many were made in a span that {@link unheard} named. */
  get unheardCount(): number {
    return this.#unheardCount;
  }

  /** The highest counter that keys of the form `<name>:<counter>`, or plain counters with the name '', have reached; 0 if none. */
  lastCounter(source: SourceName, name: string): number {
    return this.#sources[source].lastCounters.get(name) ?? 0;
  }

  /** The key of the newest line, of whatever run. */
  lastKey(source: SourceName): string | undefined {
    return this.#sources[source].lastKey;
  }

  /** When the newest line was made, in milliseconds since the Unix epoch; 0 if there is none. */
  lastAt(source: SourceName): number {
    return this.#sources[source].lastAt;
  }

  /** To be called before the first byte leaves. */
  make(source: SourceName, key: string, at: number, values: Values): void {
    this.#append({ source, key, at, values });
  }

  overrun(source: SourceName, key: string): void {
    this.#append({ source, overrun: key });
  }

  /** Says nothing if nothing was made in that span. */
  unheard(source: SourceName, fromMs: number, toMs: number): void {
    const count = this.#sources[source].recentAt.filter((at) => at >= fromMs && at <= toMs).length;
    if (count === 0) return;
    this.#unheardCount += count;
    this.#append({ source, unheardFrom: fromMs, unheardTo: toMs });
  }

  resent(source: SourceName, keys: readonly string[]): void {
    this.#append({ source, resent: keys });
  }

  played(source: SourceName, count: number, at: number, text: string): void {
    this.#playedCount += 1;
    this.#append({ source, played: count, at, text });
  }

  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }

  #append(line: LedgerLine): void {
    this.#count(line);
    this.#file.append(encodeLedgerLine(line));
  }

  #count(line: LedgerLine): void {
    if ('values' in line) noteMade(this.#sources[line.source], line);
  }
}

interface SourceLedger {
  madeCount: number;
  lastKey: string | undefined;
  lastAt: number;
  readonly lastCounters: Map<string, number>;
  readonly recentAt: number[];
}

/** More than any source makes within the span that a reader's end may cost. */
const RECENT_LINES = 256;

function emptySource(): SourceLedger {
  return { madeCount: 0, lastKey: undefined, lastAt: 0, lastCounters: new Map(), recentAt: [] };
}

function noteMade(source: SourceLedger, line: MadeLine): void {
  source.madeCount += 1;
  source.lastKey = line.key;
  source.lastAt = line.at;
  source.recentAt.push(line.at);
  if (source.recentAt.length > RECENT_LINES) source.recentAt.shift();
  const counter = COUNTER_KEY.exec(line.key);
  if (counter !== null) source.lastCounters.set(counter[1] ?? '', Number(counter[2]));
}

const COUNTER_KEY = /^(?:([A-Za-z]\w*):)?(\d+)$/;

/** Opens `ledger.ndjson`, made if it is not there, and reads it back so that counters go on over runs. */
export function openLedger(path: string): Ledger {
  using earlier = new NdjsonTail(path);
  return new Ledger(openNdjsonFile(path), readLedgerLines(earlier));
}

/** The lines that have come since the last call; what a crash cut short is passed over. */
export function* readLedgerLines(tail: NdjsonTail): Generator<LedgerLine> {
  for (const text of tail.readNew()) {
    const line = parseLedgerLine(text);
    if (line !== undefined) yield line;
  }
}
