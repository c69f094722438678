import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { MODE_COUNT } from '#firmware-sim/bus/load-bus.ts';
import { CHECKOUT } from './checkout.ts';

/** What the journal has of one message of a bus. */
export interface MessageTrail {
  readonly eventCount: number;
  /** How often the enumeration `Mode` went on by one. */
  readonly modeChangeCount: number;
  /** How often it went on by more, so that a change is missing. */
  readonly modeGapCount: number;
  /** The last value of each signal. */
  readonly last: Readonly<Record<string, number>>;
}

/** The events of buses of `load` in a journal where no gateway runs, by topic; and how many there are of every other topic. */
export async function readLoadJournal(dataDir: string) {
  const args = ['gateway/main.ts', 'journal', 'cat', '-d', dataDir, '--json'];
  const reading = spawn(process.execPath, args, { cwd: CHECKOUT, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<number | null>((resolve) => reading.once('close', resolve));
  const trails = new Map<string, Trail>();
  const others = new Map<string, number>();
  for await (const line of createInterface({ input: reading.stdout })) {
    const { payload = '', topic = '' } = JSON.parse(line) as { readonly topic?: string; readonly payload?: string };
    if (!topic.includes('/Load_')) {
      others.set(topic, (others.get(topic) ?? 0) + 1);
      continue;
    }
    const trail = trails.get(topic) ?? new Trail();
    trails.set(topic, trail);
    trail.add((JSON.parse(payload) as LoadEvent).data.signals);
  }
  const code = await ended;
  if (code !== 0) throw new Error(`journal cat ended with ${code}`);
  return { trails: trails as ReadonlyMap<string, MessageTrail>, others: others as ReadonlyMap<string, number> };
}

type Signals = Readonly<Record<string, { readonly value: number }>>;

interface LoadEvent {
  readonly data: { readonly signals: Signals };
}

class Trail implements MessageTrail {
  eventCount = 0;
  modeChangeCount = 0;
  modeGapCount = 0;
  readonly last: Record<string, number> = {};

  add(signals: Signals): void {
    this.eventCount += 1;
    const before = this.last['Mode'];
    for (const [name, { value }] of Object.entries(signals)) this.last[name] = value;
    const step = before === undefined ? 0 : ((this.last['Mode'] ?? 0) - before + MODE_COUNT) % MODE_COUNT;
    if (step === 1) this.modeChangeCount += 1;
    else if (step > 1) this.modeGapCount += 1;
  }
}
