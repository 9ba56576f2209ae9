/** Debian's Chromium without a screen, driven by playwright-core where that is installed. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { inProject } from './project.js';
import { toolPath } from './toolchain.js';

/** What is used of playwright-core. */
interface Session {
  send(method: string, parameters: Readonly<Record<string, unknown>>): Promise<unknown>;
}

export interface Page {
  goto(url: string): Promise<unknown>;
  waitForSelector(selector: string): Promise<unknown>;
  evaluate<T>(expression: string): Promise<T>;
  click(selector: string): Promise<void>;
  fill(selector: string, text: string): Promise<void>;
  setViewportSize(size: { readonly width: number; readonly height: number }): Promise<void>;
  emulateMedia(media: { readonly colorScheme: 'light' | 'dark' }): Promise<void>;
  readonly keyboard: { press(key: string): Promise<void> };
  on(event: string, listener: (what: unknown) => void): void;
  context(): { newCDPSession(page: Page): Promise<Session> };
  close(): Promise<void>;
}

interface Browser {
  newPage(): Promise<Page>;
  close(): Promise<void>;
}

const DRIVER = inProject('node_modules/playwright-core/index.js');
const AXE = inProject('node_modules/axe-core/axe.min.js');

export const hasBrowser =
  toolPath('chromium') !== undefined && existsSync(DRIVER) && existsSync(AXE);
export const NEEDS_BROWSER = 'needs chromium (Debian package chromium)';

export async function withBrowser<T>(use: (browser: Browser) => Promise<T>): Promise<T> {
  const { chromium } = createRequire(__filename)(DRIVER) as {
    readonly chromium: { launch(options: object): Promise<Browser> };
  };
  const browser = await chromium.launch({
    executablePath: toolPath('chromium'),
    // As root it has no sandbox; what it opens here is ours.
    args: ['--no-sandbox'],
    timeout: 120_000,
  });
  try {
    return await use(browser);
  } finally {
    await browser.close();
  }
}

export interface Opened {
  readonly page: Page;
  /** What a report must never do: errors, dialogs, requests for anything but itself. */
  readonly deeds: readonly string[];
}

export async function openReport(browser: Browser, path: string): Promise<Opened> {
  const page = await browser.newPage();
  const deeds: string[] = [];
  const url = pathToFileURL(path).href;
  page.on('pageerror', (error) => deeds.push(`error ${String(error)}`));
  page.on('dialog', () => deeds.push('dialog'));
  page.on('console', (message) => deeds.push(`console ${(message as { text(): string }).text()}`));
  page.on('request', (request) => {
    const asked = (request as { url(): string }).url();
    if (asked !== url) deeds.push(`request ${asked}`);
  });
  await page.goto(url);
  await page.waitForSelector('body[data-ready]');
  return { page, deeds };
}

/** Violations that axe finds in what is shown now; run through the debugger, since the page lets no script in. */
export async function violations(page: Page): Promise<readonly string[]> {
  const session = await page.context().newCDPSession(page);
  await session.send('Runtime.evaluate', { expression: readFileSync(AXE, 'utf8') });
  const expression =
    'axe.run().then(({ passes, violations }) => JSON.stringify([passes.length, violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`)]))';
  const answer = (await session.send('Runtime.evaluate', { expression, awaitPromise: true })) as {
    readonly result: { readonly value: string };
  };
  const [passes, found] = JSON.parse(answer.result.value) as [number, readonly string[]];
  return passes === 0 ? ['axe looked at nothing'] : found;
}
