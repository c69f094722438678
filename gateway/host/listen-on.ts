import type { Server } from 'node:net';

/** Resolves when the server listens on the Unix socket `path`; rejects with the system's error. */
export function listenOn(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
