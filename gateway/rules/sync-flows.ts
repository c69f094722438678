import { watch } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '#gateway/runtime/logger.ts';
import { FLOW_FILES, syncPath } from './rules-folder.ts';

/**
 * Brings every deploy to disk: Node's permission model forbids Node-RED to sync what it writes, and the power may fail a moment
 * after a deploy.
 *
 * @param onSynced for tests: a file has been synced under its name
 */
export function syncDeploys(userDir: string, logger: Logger, onSynced: (name: string) => void = () => {}): Disposable {
  // One after the other: a deploy replaces two files within a moment.
  let synced: Promise<void> = Promise.resolve();
  const sync = async (name: string) => {
    try {
      await syncPath(join(userDir, name));
      await syncPath(userDir);
      onSynced(name);
    } catch (error) {
      // Replaced again in the meantime: that change brings another event.
      logger.debug({ error, name }, 'A flow file could not be synced.');
    }
  };
  const watcher = watch(userDir, { persistent: false }, (_, name) => {
    if (name !== null && FLOW_FILES.includes(name)) synced = synced.then(() => sync(name));
  });
  watcher.on('error', (error) => logger.warn({ error, userDir }, 'Deploys are no longer synced to disk at once.'));
  return { [Symbol.dispose]: () => watcher.close() };
}
