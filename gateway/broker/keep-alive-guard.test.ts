import { EventEmitter } from 'node:events';
import { Duplex } from 'node:stream';
import { Aedes, type Client } from 'aedes';
import { expect, it } from 'vitest';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { KEEP_ALIVE_CHECK_MS, KeepAliveGuard } from './keep-alive-guard.ts';

/** A connection whose client has sent something, or nothing, and a count of what was done about its timer. */
function peer(isUnread: boolean) {
  const connection = Object.assign(new EventEmitter(), { isUnread });
  const timer = { refreshCount: 0, refresh: () => timer.refreshCount++ };
  // As Aedes has it.
  return { connection, timer, client: { _keepaliveTimer: timer } as unknown as Client };
}

it('does not take a client for dead whose packets wait for us, and does when it is silent [MQTT-3.1.2-24]', async () => {
  const clock = new FakeClock();
  using guard = new KeepAliveGuard(clock);
  const [waiting, silent] = [peer(true), peer(false)];
  for (const { client, connection } of [waiting, silent]) guard.watch(client, connection);
  await clock.advance(3 * KEEP_ALIVE_CHECK_MS);
  expect([waiting.timer.refreshCount, silent.timer.refreshCount]).toEqual([3, 0]);
  waiting.connection.emit('close');
  await clock.advance(3 * KEEP_ALIVE_CHECK_MS);
  expect(waiting.timer.refreshCount).toBe(3);
});

it('finds the timer where Aedes has it', async () => {
  const aedes = await Aedes.createBroker();
  const client = aedes.handle(new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() }));
  expect(client).toHaveProperty('_keepaliveTimer', null);
  client.close();
  await new Promise<void>((resolve) => aedes.close(resolve));
});
