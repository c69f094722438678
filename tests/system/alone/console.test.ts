import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import axe, { type AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserExcuse, openBrowser, type TestBrowser } from '#tests/support/browser.ts';
import { CHECKOUT } from '#tests/support/checkout.ts';
import { Child } from '#tests/support/child.ts';
import { CountingHub } from '#tests/support/counting-hub.ts';
import { FlakyLink } from '#tests/support/flaky-link.ts';
import { findFreePorts } from '#tests/support/free-ports.ts';
import {
  hubSink,
  PUBLISHER,
  runWaystation,
  startReadyGateway,
  testConfig,
  untilStatus,
  writeConfig,
} from '#tests/support/gateway-process.ts';
import { openScratchFolder } from '#tests/support/scratch-folder.ts';
import { until } from '#tests/support/until.ts';

const PATIENCE_MS = 30_000;
const DESKTOP = { width: 1280, height: 900 };
const PHONE = { width: 360, height: 780 };
/** What a screen reader would call the element that has the focus. */
const FOCUSED_NAME = "document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? ''";
/** Nobody sees that a table goes on to the side. */
const TABLES_THAT_ARE_TOO_WIDE =
  "[...document.querySelectorAll('.scroll')].filter((each) => each.scrollWidth > each.clientWidth).map((each) => each.getAttribute('aria-label'))";
/** Names the folder where screenshots are put for people to look at. */
const SCREENSHOTS = process.env['WAYSTATION_SCREENSHOTS'];

describe.skipIf(browserExcuse !== undefined)(
  `the console in a browser${browserExcuse === undefined ? '' : ` (${browserExcuse})`}`,
  () => {
    const cleanup = new AsyncDisposableStack();
    let browser: TestBrowser;
    let page: Page;
    let link: FlakyLink;
    let hub: CountingHub;
    let gateway: Child;
    let configFile: string;
    let ports: readonly [broker: number, console: number];
    const requested: string[] = [];
    const complaints: string[] = [];

    beforeAll(async () => {
      const folder = cleanup.use(await openScratchFolder());
      hub = cleanup.use(await CountingHub.open());
      link = cleanup.use(await FlakyLink.open(hub.port));
      const [brokerPort = 0, consolePort = 0] = await findFreePorts(2);
      ports = [brokerPort, consolePort];
      const choices = { brokerPort, consolePort, hubPort: link.port, devices: simulatedDevices(folder.path) };
      configFile = await writeConfig(folder.path, {
        ...testConfig(choices),
        gateway: { id: 'truck-7' },
        links: [{ id: 'sim', maxBytesPerDay: '1GiB' }],
        sinks: [{ ...hubSink(link.port), link: 'sim' }],
      });
      gateway = await startReadyGateway(configFile, brokerPort);
      cleanup.defer(() => gateway[Symbol.asyncDispose]());
      cleanup.use(startVehicle(folder.path, brokerPort));
      browser = cleanup.use(await openBrowser());
      page = await browser.context.newPage();
      page.on('request', (request) => requested.push(request.url()));
      page.on('console', (message) => complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(error.message));
      await page.setViewportSize(DESKTOP);
    });

    afterAll(async () => {
      await cleanup.disposeAsync();
    });

    it('paints at once, and loads nothing from anywhere else', async () => {
      await untilStatus('everything flows', configFile, PATIENCE_MS, ({ sources, sinks }) => {
        return (
          sources.every(({ publishedCount }) => publishedCount > 5) && sinks.every(({ state }) => state === 'online')
        );
      });
      await page.goto(`http://127.0.0.1:${ports[1]}/`);
      await page.locator('.node').first().waitFor();
      const paintMs = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime);
      const scriptBytes = await page.evaluate(() =>
        performance
          .getEntriesByType('resource')
          .map((entry) => entry.toJSON())
          .filter(({ name }) => name.endsWith('.js'))
          .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0),
      );
      console.log(
        `console: first paint ${Math.round(paintMs ?? 0)} ms, scripts ${Math.round(scriptBytes / 1024)} KiB compressed`,
      );
      expect(paintMs).toBeGreaterThan(0);
      expect(paintMs).toBeLessThan(1000);
      expect(scriptBytes).toBeGreaterThan(1000);
      expect(scriptBytes).toBeLessThan(100_000);
      await page.locator('.map .land').waitFor();
      const elsewhere = requested.filter((url) => !url.startsWith(`http://127.0.0.1:${ports[1]}/`));
      expect(elsewhere).toEqual([]);
      expect(complaints).toEqual([]);
    });

    it('shows an outage: what is kept while it lasts, and what has been sent since', async () => {
      link.cut();
      await page.locator('.problems li', { hasText: 'hub' }).waitFor({ timeout: PATIENCE_MS });
      await until('events are kept', PATIENCE_MS, async () => (await keptCount(page)) > 100);
      await page
        .locator('.node', { hasText: 'waiting' })
        .or(page.locator('.node', { hasText: 'connecting' }))
        .waitFor();
      await checkAccessibility(page);
      await shoot(page, 'outage');
      link.restore();
      await page.locator('td', { hasText: /sent in/ }).waitFor({ timeout: PATIENCE_MS });
      const cells = await page.locator('section[aria-label="Outages as a table"] tbody tr td').allInnerTexts();
      const [, , kept = '', sent] = cells;
      expect(Number(kept.replace(',', ''))).toBeGreaterThan(100);
      expect(sent).toBe(kept);
    });

    it('lets a person end the delay of a paused sink, by keyboard and at once', async () => {
      hub.isOpen = false;
      link.cut();
      link.restore();
      const sink = page.getByRole('article', { name: 'hub' });
      await sink.getByText('paused').waitFor({ timeout: PATIENCE_MS });
      const button = sink.getByRole('button', { name: 'Try now: hub' });
      await checkAccessibility(page);
      await shoot(page, 'paused');
      // Tried too early, it is refused again, and the button has kept the focus.
      await button.focus();
      await page.keyboard.press('Enter');
      await until('the hub was asked again', PATIENCE_MS, () => hub.refusedLoginCount >= 2);
      await sink.getByText('paused').waitFor({ timeout: PATIENCE_MS });
      expect(await page.evaluate<string>(FOCUSED_NAME)).toBe('Try now: hub');
      hub.isOpen = true;
      await page.keyboard.press('Enter');
      // By itself it would wait for half a minute at least.
      await sink.getByText('online').waitFor({ timeout: 10_000 });
      expect(await button.count()).toBe(0);
      expect(complaints).toEqual([]);
    });

    it('shows what a link holds back as somebody wants it, and says so', async () => {
      const sink = page.getByRole('article', { name: 'hub' });
      const power = page.getByRole('region', { name: 'Power' });
      expect(await runWaystation('links', 'mode', 'sim', 'off', '-c', configFile)).toMatchObject({ code: 0 });
      await sink.locator('.state.idle', { hasText: 'link off' }).waitFor({ timeout: PATIENCE_MS });
      await power.getByText('its link sim is off').waitFor();
      await power.locator('.state.idle').waitFor();
      await page.getByRole('list', { name: 'Links' }).getByText('by hand;').waitFor();
      await page.getByText('None. Everything is where it belongs.').waitFor();
      await checkAccessibility(page);
      await shoot(page, 'link-off');
      expect(await runWaystation('links', 'mode', 'sim', 'auto', '-c', configFile)).toMatchObject({ code: 0 });
      await sink.getByText('online').waitFor({ timeout: PATIENCE_MS });
    });

    it.each([
      ['desktop', DESKTOP, 'dark'],
      ['desktop-light', DESKTOP, 'light'],
      ['phone', PHONE, 'dark'],
      ['phone-light', PHONE, 'light'],
    ] as const)('has no accessibility violation and no sideways scrolling: %s', async (name, size, colorScheme) => {
      await page.setViewportSize(size);
      await page.emulateMedia({ colorScheme });
      await page.locator('summary').click();
      await checkAccessibility(page);
      await page.locator('summary').click();
      const overflowPx = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
      expect(overflowPx).toBeLessThanOrEqual(0);
      expect(await page.evaluate<string[]>(TABLES_THAT_ARE_TOO_WIDE)).toEqual([]);
      await shoot(page, name);
    });

    it('reaches everything that acts or scrolls by keyboard', async () => {
      await page.locator('body').click({ position: { x: 1, y: 1 } });
      const reached = new Set<string>();
      for (let press = 0; press < 10; press++) {
        await page.keyboard.press('Tab');
        reached.add(await page.evaluate<string>(FOCUSED_NAME));
      }
      expect([...reached]).toEqual(
        expect.arrayContaining(['Outages as a table', 'As a table', 'Streams as a table', 'Metrics']),
      );
    });

    it('says that it reconnects while the gateway is gone, and comes back by itself', async () => {
      await gateway.kill();
      await page.locator('.connection', { hasText: 'reconnecting' }).waitFor({ timeout: PATIENCE_MS });
      gateway = await startReadyGateway(configFile, ports[0]);
      await page.locator('.connection', { hasText: 'live' }).waitFor({ timeout: PATIENCE_MS });
      await until('the page shows the new gateway', PATIENCE_MS, async () => {
        const served = await page.evaluate<number>(
          "fetch('api/status').then((r) => r.json()).then((view) => view.status.gateway.pid)",
        );
        return served === gateway.pid;
      });
      await page.locator('.node', { hasText: 'gps0' }).waitFor();
    });
  },
);

function simulatedDevices(folder: string): readonly object[] {
  const byId = join(folder, 'sim/serial/by-id');
  const dbc = join(CHECKOUT, 'firmware-sim/dbc/demo-vehicle.dbc');
  return [
    { id: 'gps0', type: 'gnss', baud: 38_400, path: join(byId, 'usb-Waystation_Simulated_GNSS-if00') },
    {
      id: 'can0',
      type: 'slcan',
      bitrate: 500_000,
      path: join(byId, 'usb-Waystation_Simulated_SLCAN-if00'),
      dbc: [dbc],
    },
  ];
}

function startVehicle(folder: string, brokerPort: number): Child {
  return new Child(process.execPath, [
    ...['firmware-sim/main.ts', 'vehicle', '--dir', join(folder, 'sim')],
    ...['--broker', `mqtt://127.0.0.1:${brokerPort}`, '--sensor-username', PUBLISHER.username],
    ...['--sensor-password-file', join(folder, 'secrets/publisher')],
  ]);
}

/** The figure in the first row of the outages. */
async function keptCount(page: Page): Promise<number> {
  const cells = await page.locator('section[aria-label="Outages as a table"] tbody tr td').allInnerTexts();
  return Number((cells[2] ?? '0').replace(',', ''));
}

/** @see https://github.com/dequelabs/axe-core */
async function checkAccessibility(page: Page): Promise<void> {
  // Evaluated rather than added to the page, whose policy lets no foreign script in.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<AxeResults>('axe.run()');
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  expect(found).toEqual([]);
}

async function shoot(page: Page, name: string): Promise<void> {
  if (SCREENSHOTS === undefined) return;
  await mkdir(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true });
}
