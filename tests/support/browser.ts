import { existsSync } from 'node:fs';
import { type BrowserContext, chromium } from 'playwright-core';
import { openScratchFolder } from './scratch-folder.ts';

/** Where Debian's package `chromium` puts it. */
const CHROMIUM = '/usr/bin/chromium';

/** Why there is no browser to test with; undefined if there is one. Under `CI` a missing browser is no excuse. */
export const browserExcuse =
  existsSync(CHROMIUM) || process.env['CI'] !== undefined ? undefined : 'install the package chromium';

/** A headless browser with a new, empty profile; it talks to nobody but the pages it is told to open. */
export interface TestBrowser extends AsyncDisposable {
  readonly context: BrowserContext;
}

/** Starts Chromium. */
export async function openBrowser(): Promise<TestBrowser> {
  const profile = await openScratchFolder();
  const context = await chromium.launchPersistentContext(profile.path, {
    executablePath: CHROMIUM,
    headless: true,
    colorScheme: 'dark',
    timezoneId: 'UTC',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-dev-shm-usage',
    ],
  });
  return {
    context,
    async [Symbol.asyncDispose]() {
      await context.close();
      await profile[Symbol.asyncDispose]();
    },
  };
}
