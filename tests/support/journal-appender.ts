/** A process that does nothing but append, until it is killed: `node journal-appender.ts FOLDER LIFE`. Tells each answer on its own line. */
import { randomBytes } from 'node:crypto';
import { nodeStorage } from '#gateway/journal/node-storage.ts';
import { sampleRecord } from '#gateway/journal/open-test-journal.ts';
import { openKillableJournal } from './killable-journal.ts';

const WINDOW = 24;
const MAX_PADDING_BYTES = 400;

const [folder = '', life = ''] = process.argv.slice(2);
const journal = await openKillableJournal(folder, nodeStorage);
let count = 0;

function appendNext(stream: (typeof journal.streams)[number]): void {
  const text = `${stream.id}/${life}/${++count} ${randomBytes(count % MAX_PADDING_BYTES).toString('base64')}`;
  const sequence: number = stream.append(sampleRecord(text), (error) => {
    if (error === undefined) process.stdout.write(`${stream.id} ${sequence} ${text}\n`);
    else process.exitCode = 1;
    if (error === undefined) appendNext(stream);
  });
}

for (const stream of journal.streams) {
  for (let index = 0; index < WINDOW; index++) appendNext(stream);
}
