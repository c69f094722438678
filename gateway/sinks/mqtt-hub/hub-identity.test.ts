import { appendFileSync, copyFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { HAS_OPENSSL, TestAuthority } from '#gateway/sinks/testing/test-authority.ts';
import { readIdentity, watchIdentity } from './hub-identity.ts';

const CHECK_MS = 5000;

it.skipIf(!HAS_OPENSSL)(
  'a certificate is renewed when its key is there as well, a token when it is another (needs the package openssl)',
  async () => {
    using authority = new TestAuthority();
    const [first, second] = [authority.certify('first'), authority.certify('second')];
    const place = (name: string) => join(authority.folder, name);
    const files = { certFile: place('used.pem'), keyFile: place('used.key'), tokenFile: place('token') };
    copyFileSync(first.certFile, files.certFile);
    copyFileSync(first.keyFile, files.keyFile);
    writeFileSync(files.tokenFile, 'one\n');
    const clock = new FakeClock();
    const renewed: string[] = [];
    const look = async () => {
      await clock.advance(CHECK_MS);
      // Files take real time.
      await vi.waitFor(() => expect(clock.timerCount + renewed.length).toBe(1), { timeout: 10_000, interval: 2 });
    };
    const watch = async () => watchIdentity(files, await readIdentity(files), clock, (what) => renewed.push(what));
    await watch();
    await look();
    // One that is just being written over, with the end of another behind it, goes with the old key.
    appendFileSync(files.certFile, 'of another\n');
    await look();
    copyFileSync(second.certFile, files.certFile);
    await look();
    rmSync(files.tokenFile);
    await look();
    writeFileSync(files.tokenFile, 'one');
    await look();
    expect(renewed).toEqual([]);
    copyFileSync(second.keyFile, files.keyFile);
    await look();
    await look();
    expect(renewed.splice(0)).toEqual(['certificate']);
    const stop = await watch();
    writeFileSync(files.tokenFile, 'two');
    await look();
    await look();
    expect(renewed.splice(0)).toEqual(['token']);
    stop();
    (await watch())();
    expect(clock.timerCount).toBe(0);
  },
);
