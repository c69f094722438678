import { mkdtemp } from 'node:fs/promises';
import { bufferEvents, drainBacklog } from './long-outage.ts';
const a = await mkdtemp('/tmp/zz-'); const b = await mkdtemp('/tmp/zz-');
await bufferEvents(a, 60000, () => {});
console.log(await drainBacklog(a, b, 60000, { batch: { maxEvents: 100 }, window: { ackTimeoutMs: 10_000 } }));
