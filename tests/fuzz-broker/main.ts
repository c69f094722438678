/**
 * `npm run fuzz:broker [-- [--seconds 600] [--seed N]]`: hostile clients at every listener of a real gateway, while an honest pair
 * goes on. Exit code 1 if the gateway ended, grew, or cost the honest pair anything.
 */
import { parseArgs } from 'node:util';
import { type FuzzBrokerProgress, fuzzBroker } from './fuzz-broker.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '600' },
    seed: { type: 'string', default: `${Math.floor(Math.random() * 2 ** 31)}` },
  },
});
const [seed, maxMs] = [Number(values.seed), Number(values.seconds) * 1000];
console.log(`${values.seconds} s, from seed ${seed} on`);
const { faults, ...end } = await fuzzBroker({ seed, maxMs, onProgress: (progress) => console.log(describe(progress)) });
console.log(describe(end));
for (const fault of faults) console.log(`FAILED  ${fault}`);
if (faults.length > 0) console.log(`again: npm run fuzz:broker -- --seconds ${values.seconds} --seed ${seed}`);
else console.log('ok');
process.exitCode = faults.length > 0 ? 1 : 0;

function describe({ connectionCount, grownBytes, honestCount, rssBytes, slowestMs }: FuzzBrokerProgress): string {
  const [rss, grown] = [rssBytes, grownBytes].map((bytes) => (bytes / 2 ** 20).toFixed(1));
  return `${connectionCount} hostile connections, ${honestCount} honest messages, slowest ${Math.round(slowestMs)} ms, ${rss} MiB (${grown} since warm)`;
}
