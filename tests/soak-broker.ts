/**
 * `npm run soak:broker`: kills a gateway 200 times (`--kills N`, `--seed S`) under the load of persistent sessions with QoS 1 and 2,
 * a fresh journal for every 20. Exit code 1 if anything acknowledged is lost, or QoS 2 comes twice.
 */
import { parseArgs } from 'node:util';
import { killBroker } from './support/kill-broker.ts';
import { seededRandom } from './support/seeded-random.ts';

const KILLS_PER_JOURNAL = 20;

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    seed: { type: 'string', default: `${Math.floor(Math.random() * 2 ** 32)}` },
  },
});
const random = seededRandom(Number(values.seed));
const killCount = Number(values.kills);
const startedMs = performance.now();
const wrong: string[] = [];
const sums = { acknowledged: 0, hit: 0, repeats: 0 };
console.log(`${killCount} kills from seed ${values.seed} on`);
for (let done = 0; done < killCount; done += KILLS_PER_JOURNAL) {
  const outcome = await killBroker(Math.min(KILLS_PER_JOURNAL, killCount - done), random);
  sums.acknowledged += outcome.acknowledgedCount;
  sums.hit += outcome.hitCount;
  sums.repeats += outcome.repeatCount;
  const found = [...outcome.violations, ...outcome.journaledTwice.map((text) => `the journal has «${text}» twice`)];
  wrong.push(...found);
  for (const line of found) console.log(line);
  console.log(
    `${Math.min(done + KILLS_PER_JOURNAL, killCount)} of ${killCount} kills, ${sums.acknowledged} acknowledged`,
  );
}
const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
console.log(
  `${killCount} kills in ${seconds} s, ${sums.hit} hit publishes without an answer: ${sums.acknowledged} acknowledged, ` +
    `${sums.repeats} repeats with QoS 1, ${wrong.length} violations`,
);
process.exitCode = wrong.length === 0 ? 0 : 1;
