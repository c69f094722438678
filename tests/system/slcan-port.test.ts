import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type CanLedgerLine, CheckValue, type IdAccount } from '#firmware-sim/can/can-account.ts';
import { Child } from '#tests/support/child.ts';
import { HAS_PYTHON_CAN, NEEDS_PYTHON_CAN, type PythonReading, readWithPythonCan } from '#tests/support/python-can.ts';
import { openScratchFolder } from '#tests/support/scratch-folder.ts';

/** What the ledger says of each identifier that was sent, worked out from frames that were read. */
function accountOf(frames: readonly string[]): ReadonlyMap<string, Pick<IdAccount, 'sent' | 'check' | 'last'>> {
  const accounts = new Map<string, { sent: number; readonly check: CheckValue; last: string }>();
  for (const frame of frames) {
    const [id = '', data = ''] = frame.split('#');
    const account = accounts.get(id) ?? { sent: 0, check: new CheckValue(), last: '' };
    account.sent += 1;
    account.check.add(Buffer.from(data, 'hex'));
    account.last = data.toLowerCase();
    accounts.set(id, account);
  }
  return new Map([...accounts].map(([id, { check, last, sent }]) => [id, { sent, check: check.toString(), last }]));
}

function sentOf(line: CanLedgerLine | undefined): ReturnType<typeof accountOf> {
  if (line?.event !== 'frames') throw new Error('the ledger has no frames');
  const sent = line.ids.filter((account) => account.sent > 0);
  return new Map(sent.map(({ check, id, last, sent }) => [id, { sent, check, last }]));
}

describe.skipIf(!HAS_PYTHON_CAN)(`python-can reads the simulated adapters${NEEDS_PYTHON_CAN}`, () => {
  it('gets of both kinds every frame that the ledger says was sent, byte for byte', async () => {
    await using folder = await openScratchFolder();
    const [scenario, ledger] = [join(folder.path, 'scenario.json'), join(folder.path, 'ledger.ndjson')];
    const can = [
      { name: 'truck', adapter: 'lawicel', bus: 'truck' },
      { name: 'car', adapter: 'canable', bus: 'passenger' },
    ];
    await writeFile(scenario, JSON.stringify({ can, steps: [] }));
    const args = ['firmware-sim/main.ts', 'sim', scenario, '--dir', folder.path, '--ledger', ledger, '--json'];
    await using sim = new Child(process.execPath, args);
    await sim.waitForLine(/"ready"/, 60_000);
    const ports = sim.messages[0]?.['ports'] as Readonly<Record<string, string>>;
    const [truck, car] = await Promise.all([
      readWithPythonCan(ports['truck'] ?? '', 250_000, 1),
      readWithPythonCan(ports['car'] ?? '', 500_000, 1),
    ]);
    await sim.stop();
    const lines = (await readFile(ledger, 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line): CanLedgerLine => JSON.parse(line));
    const check = (port: string, { frames }: PythonReading) => {
      const own = lines.filter((line) => line.port === port);
      expect(frames.length).toBeGreaterThan(50);
      expect(accountOf(frames)).toEqual(sentOf(own.findLast(({ event }) => event === 'frames')));
      // python-can does not know how to listen only.
      expect(own.filter(({ event }) => event === 'opened')).toEqual([expect.objectContaining({ mode: 'normal' })]);
      expect(own).toContainEqual(expect.objectContaining({ event: 'transmitted', id: '7FF' }));
    };
    check('truck', truck);
    check('car', car);
    expect(truck.version).toEqual([10, 13]);
    expect(car.version).toEqual([null, null]);
  });
});
