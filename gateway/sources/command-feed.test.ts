import { expect, it } from 'vitest';
import { WaystationError } from '#gateway/model/errors.ts';
import type { Done, Message, StreamId } from '#gateway/model/message.ts';
import { CommandFeed } from './command-feed.ts';

function message(topic: string): Message {
  return { topic, payload: Buffer.from(topic), qos: 1, isRetained: false, isDuplicate: false, clientId: 'rules' };
}

it('gives a device its commands once they are accepted, and nothing else', () => {
  const feed = new CommandFeed();
  const heard: string[] = [];
  feed.listen('can0', 'freezeCapture', (payload) => {
    heard.push(Buffer.from(payload).toString());
    return 'done';
  });
  const waiting: Done[] = [];
  const answers: unknown[] = [];
  const place = { stream: 'control' as StreamId, sequence: 7 };
  const admit = feed.watch((_, done) => {
    waiting.push(done);
    return place;
  });
  const topics = [
    'commands/can0/freezeCapture',
    'commands/can1/freezeCapture',
    'commands/can0/restart',
    'devices/can0/freezeCapture',
    'commands/can0/freezeCapture/x',
  ];
  const places = topics.map((topic) => admit(message(topic), (error) => answers.push(error)));
  expect(places).toEqual(topics.map(() => place));
  expect(heard).toEqual([]);
  for (const done of waiting.splice(0)) done();
  expect(heard).toEqual(['commands/can0/freezeCapture']);
  expect(answers).toEqual(Array.from({ length: 5 }));
  const refused = new WaystationError('journal.full', 'no');
  admit(message('commands/can0/freezeCapture'), (error) => answers.push(error));
  waiting[0]?.(refused);
  expect(heard).toHaveLength(1);
  expect(answers.at(-1)).toBe(refused);
  expect(feed.give('can0', 'freezeCapture', Buffer.from('x'))).toBe('done');
  expect(feed.give('can0', 'restart', Buffer.from('x'))).toBeUndefined();
});

it('acknowledges a command that takes its time once it is done', async () => {
  const feed = new CommandFeed();
  const writing = Promise.withResolvers<string>();
  feed.listen('links/sim', 'mode', () => writing.promise);
  const answers: unknown[] = [];
  feed.watch((_, done) => void done())(message('commands/links/sim/mode'), (error) => answers.push(error));
  await Promise.resolve();
  expect(answers).toEqual([]);
  writing.resolve('off');
  await writing.promise;
  await Promise.resolve();
  expect(answers).toEqual([undefined]);
});
