import { logInRepeatedly } from './connects.ts';
import { runLoad } from './run-load.ts';
import { type Bench, inAlternation, startPeer } from './scenario.ts';
import { LOAD_SHAPE, LOADS } from './throughput.ts';

/** The three loads and logins over TLS, of the brokers that speak it. */
export async function measureTls(bench: Bench): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const running = [];
  for (const peer of bench.peers.filter(({ speaksTls }) => speaksTls)) {
    const { name, tlsPort } = stack.use(await startPeer(bench, peer, { hasTls: true }));
    if (tlsPort !== undefined) running.push({ name, target: { port: tlsPort, isTls: true } });
  }
  const { log, loadMs } = bench;
  const shape = { ...LOAD_SHAPE, durationMs: loadMs };
  for (const [name, load] of Object.entries(LOADS)) {
    // Compiled code comes with use; the first run is not counted.
    for (const { target } of running) await runLoad({ ...load, ...shape, ...target });
    await inAlternation(bench, `tls ${name}`, running, async ({ name: subject, target }) => {
      const result = await runLoad({ ...load, ...shape, ...target });
      log.add({ scenario: 'tls', what: name, subject, unit: 'messages/s' }, result.messagesPerSecond);
      return `${Math.round(result.messagesPerSecond)} messages/s`;
    });
  }
  await inAlternation(bench, 'tls logins', running, async ({ name: subject, target }) => {
    const { loginsPerSecond, latencyP99Ms } = await logInRepeatedly(target, loadMs);
    log.add({ scenario: 'tls', what: 'logins', subject, unit: 'logins/s' }, loginsPerSecond);
    log.add({ scenario: 'tls', what: 'login 99th percentile', subject, unit: 'ms' }, latencyP99Ms);
    return `${Math.round(loginsPerSecond)} logins/s`;
  });
}
