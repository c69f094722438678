import { expect, it } from 'vitest';
import { describeFaults, type Fault, type RunPlan, type SinkPlan } from '#tests/soak-delivery/plan-run.ts';
import { runDelivery } from '#tests/soak-delivery/run-delivery.ts';
import { openScratchFolder } from '#tests/support/scratch-folder.ts';
import { openSeededRandom, type SeededRandom } from '#tests/support/seeded-random.ts';

const EVENT_COUNT = 3000;
const MAX_BYTES_BETWEEN = 100_000;
const MAX_ACKNOWLEDGEMENTS_BETWEEN = 300;
const KILL_COUNT = 4;

const WINDOW = { maxEvents: 100, maxBytes: '256KiB', ackTimeoutMs: 500 };
const PER_EVENT: SinkPlan = { protocol: 5, envelope: 'properties', order: 'oldestFirst', window: WINDOW, filter: [] };
const FOR_OLD_HUBS: SinkPlan = { ...PER_EVENT, protocol: '3.1.1', envelope: 'structured' };

/** The soak (`npm run soak:delivery`) in short: everything that can befall a link once, and a gateway that dies on its way. */
async function play(
  sink: SinkPlan,
  faults: (random: SeededRandom) => readonly Fault[],
  { habits = {}, ...beside }: Partial<RunPlan> & { readonly habits?: object } = {},
) {
  const random = openSeededRandom();
  const { seed } = random;
  const hub = { kind: 'strict', habits: { seed, ...habits } } as const;
  const usual = { seed, eventCount: EVENT_COUNT, publisherWindow: 20, delayMs: 0, isImpatient: true };
  const plan: RunPlan = { ...usual, hub, sink, others: [], limits: {}, faults: faults(random), ...beside };
  console.log(`seed ${seed}: ${describeFaults(plan)}`);
  await using folder = await openScratchFolder();
  const outcome = await runDelivery(plan, folder.path);
  const { arrivalCount, distinctCount, edgeCount, hitCount, seconds } = outcome;
  console.log(
    `${distinctCount} events, ${arrivalCount - distinctCount} repeats, ${edgeCount} ends of connections, ${hitCount} kills that hit, ${seconds.toFixed(1)} s`,
  );
  expect(outcome).toMatchObject({ wrong: [], faultCount: plan.faults.length });
  return outcome;
}

it('a link that breaks at any byte, falls silent and comes back, to a hub that dies and turns away: nothing is missing, nothing too much, all in order [D1 D2 D4 D5 D7]', async () => {
  const { lastErrors } = await play(
    PER_EVENT,
    (random) => {
      const trigger = (direction: 'up' | 'down') => {
        const afterBytes = random.integer(1, direction === 'up' ? MAX_BYTES_BETWEEN : 1000);
        return { direction, afterBytes } as const;
      };
      return [
        { kind: 'break', how: 'reset', outageMs: 0, ...trigger('up') },
        { kind: 'break', how: 'close', outageMs: 300, ...trigger('down') },
        { kind: 'break', how: 'halfOpen', outageMs: 0, ...trigger('up') },
        { kind: 'killHub', awayMs: 0, ...trigger('up') },
        { kind: 'break', how: 'deaf', outageMs: 0, ...trigger('down') },
        { kind: 'break', how: 'reset', outageMs: 0, direction: 'up', afterBytes: random.integer(1, 150) },
      ];
    },
    { habits: { receiveMaximum: 50, unwillingOnceIn: 600 } },
  );
  expect(lastErrors).toContainEqual(
    expect.stringMatching(
      /^hub\.(unreachable|timeout): .+ Check the network and the url .* events are kept within their quota\.$/,
    ),
  );
});

it('a gateway killed on its way, with the link up and with it down: every acknowledged publish is delivered, and only what was unacknowledged comes under two ids [J1 J2 J3 D1 D2 B1 B2]', async () => {
  const { hitCount } = await play(FOR_OLD_HUBS, (random) =>
    Array.from({ length: KILL_COUNT }, (_, index) => {
      const afterAcknowledged = random.integer(1, MAX_ACKNOWLEDGEMENTS_BETWEEN);
      return { kind: 'killGateway', afterAcknowledged, isCut: index % 2 === 1 };
    }),
  );
  expect(hitCount).toBeGreaterThanOrEqual(KILL_COUNT / 2);
});
