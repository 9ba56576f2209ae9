/** HTML reports in a real browser: inert whatever the program is called, usable by keyboard, bounded in size. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DEFAULT_AUDIT_POLICY } from '../../src/audit/policy/audit-policy.js';
import { verdictOf } from '../../src/audit/verdict.js';
import { toCallId } from '../../src/base/ids.js';
import { auditDocument } from '../../src/output/html/audit-document.js';
import { htmlFormat } from '../../src/output/formats.js';
import { makeSinks } from '../../src/output/make-sinks.js';
import type { CallEvent, TraceEvent } from '../../src/trace/event.js';
import {
  hasBrowser,
  NEEDS_BROWSER,
  openReport,
  violations,
  withBrowser,
  type Page,
} from '../support/browser.js';
import { inProject } from '../support/project.js';
import { runTsltrace } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { frames, HOSTILE, hostileReport, report } from '../unit/output/audit/sample-report.js';
import { everyEvent } from '../unit/output/every-event.js';
import { args, at, integer, session, site, text } from '../unit/output/sample-events.js';

const LONG_MS = 240_000;
const itHas = skipUnless(hasBrowser, NEEDS_BROWSER);

const folder = mkdtempSync(join(tmpdir(), 'tsltrace-html-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(
  name: string,
  events: Iterable<TraceEvent>,
  calls: 'one-by-one' | 'counted' = 'one-by-one',
): string {
  const path = join(folder, name);
  const format = htmlFormat({ names: 'demangled', calls });
  const [sink] = makeSinks({ format, destination: { kind: 'file', path }, notices: 'hide' });
  for (const event of events) sink?.accept(event);
  sink?.finish();
  return path;
}

/** A pair of events; every name and value as given. */
function call(number: number, word: string, more: Partial<CallEvent> = {}): readonly TraceEvent[] {
  const entered: CallEvent = {
    kind: 'call',
    ...at(100, number * 1000, 100 + (number % 3)),
    call: toCallId(number),
    depth: 0,
    origin: 'call',
    route: 'plt',
    caller: { ...site(), module: word },
    library: word,
    symbol: word,
    inMainProgram: false,
    args: args(text(word), integer(number)),
    ...more,
  };
  const result = text(word);
  const left = { ...at(100, number * 1000 + 1 + (number % 700)), tid: entered.tid };
  return [entered, { kind: 'return', ...left, call: entered, result, rawResult: 1, outArgs: [] }];
}

function* hostileEvents(): Iterable<TraceEvent> {
  yield { ...session, version: HOSTILE, command: [HOSTILE, HOSTILE] };
  yield { kind: 'process-started', ...at(100, 0), how: 'launch', program: HOSTILE };
  yield* call(1, HOSTILE, { backtrace: frames(HOSTILE), demangled: HOSTILE });
  yield { kind: 'notice', ...at(100, 5), severity: 'warning', text: HOSTILE };
  yield {
    kind: 'coverage',
    ...at(100, 9),
    calls: 1,
    stops: 2,
    modules: [
      {
        module: HOSTILE,
        path: HOSTILE,
        placed: 1,
        refused: [{ symbol: HOSTILE, reason: HOSTILE }],
        unreadable: HOSTILE,
      },
    ],
    unmatchedRules: [],
  };
}

const TABS = '[role="tab"]';
const tabCount = (page: Page): Promise<number> =>
  page.evaluate(`document.querySelectorAll('${TABS}').length`);
const overflow = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');

/** Each page of the report in both colours and three widths; 640 is 1280 at 200 %. */
async function expectSound(page: Page): Promise<void> {
  for (let tab = 0, tabs = await tabCount(page); tab < tabs; tab++) {
    await page.evaluate(`document.querySelectorAll('${TABS}')[${tab}].click()`);
    for (const width of [390, 640, 1280]) {
      await page.setViewportSize({ width, height: 900 });
      expect([tab, width, await overflow(page)]).toEqual([tab, width, 0]);
    }
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await violations(page)).toEqual([]);
    }
  }
}

describe('an HTML report', () => {
  itHas(
    'is inert and accessible, whatever names and strings the program has',
    () =>
      withBrowser(async (browser) => {
        const audit = join(folder, 'hostile-audit.html');
        const verdict = verdictOf(hostileReport, DEFAULT_AUDIT_POLICY);
        writeFileSync(audit, auditDocument(hostileReport, verdict));
        for (const path of [write('hostile.html', hostileEvents()), audit]) {
          const { page, deeds } = await openReport(browser, path);
          await expectSound(page);
          expect(
            await page.evaluate(
              'document.querySelectorAll("script, img, iframe, object, link, base").length',
            ),
          ).toBe(2);
          expect(await page.evaluate('document.body.innerText')).toContain(
            '<script>alert(1)</script>',
          );
          expect(
            await page.evaluate(
              '/[\\0-\\x08\\x0b-\\x1f\\u202a-\\u202e\\u2066-\\u2069\\ud800-\\udfff]/u.test(document.documentElement.outerHTML)',
            ),
          ).toBe(false);
          expect(deeds).toEqual([]);
          await page.close();
        }
      }),
    LONG_MS,
  );

  itHas(
    'shows every kind of event and a clean audit',
    () =>
      withBrowser(async (browser) => {
        const clean = join(folder, 'clean.html');
        const verdict = verdictOf(report('curl'), DEFAULT_AUDIT_POLICY);
        writeFileSync(clean, auditDocument(report('curl'), verdict));
        for (const path of [
          write('every.html', everyEvent()),
          clean,
          write('empty.html', [session]),
        ]) {
          const { page, deeds } = await openReport(browser, path);
          await expectSound(page);
          expect(deeds).toEqual([]);
          await page.close();
        }
      }),
    LONG_MS,
  );

  itHas(
    'lets nothing be loaded or run but what stands in it',
    () =>
      withBrowser(async (browser) => {
        const { page, deeds } = await openReport(browser, write('policy.html', everyEvent()));
        await page.evaluate(
          `{ const made = document.createElement('script'); made.textContent = 'document.body.dataset.ran = 1'; document.body.append(made); const image = new Image(); image.src = 'http://127.0.0.1:9/x.png'; document.body.append(image); }`,
        );
        expect(await page.evaluate('document.body.dataset.ran ?? "no"')).toBe('no');
        expect(deeds.filter((deed) => /Content Security Policy/.test(deed)).length).toBeGreaterThan(
          0,
        );
        expect(await page.evaluate('document.querySelector("img").naturalWidth')).toBe(0);
      }),
    LONG_MS,
  );

  itHas(
    'is used by keyboard alone',
    () =>
      withBrowser(async (browser) => {
        const events = Array.from({ length: 300 }, (_, n) => call(n + 1, `f${n % 7}`)).flat();
        const { page } = await openReport(browser, write('keys.html', [session, ...events]));
        const chosen = (): Promise<string> => page.evaluate('document.activeElement.textContent');
        const details = (): Promise<string> =>
          page.evaluate('document.querySelector("section:not([hidden]) .details").textContent');
        await page.keyboard.press('Tab');
        expect(await chosen()).toBe('Functions');
        for (const title of ['Modules', 'Timeline']) {
          await page.keyboard.press('ArrowRight');
          expect(await chosen()).toBe(title);
        }
        // Behind the tabs come the five buttons, then the timeline itself.
        for (let stop = 0; stop < 6; stop++) await page.keyboard.press('Tab');
        await page.keyboard.press('ArrowRight');
        expect(await details()).toMatch(
          /^f0->f0\("f0", 1\) = "f0"; took 2 ns, at 0\.000001 s, thread 101$/,
        );
        await page.keyboard.press('ArrowRight');
        expect(await details()).toMatch(/thread 101$/);
        await page.keyboard.press('ArrowDown');
        expect(await details()).toMatch(/thread 102$/);
        await page.keyboard.press('+');
        await page.evaluate('document.querySelector("#tab-calls").click()');
        await page.fill('#page-calls input', 'f3->f3 thread:101');
        await page.waitForSelector('#page-calls [role="status"]:has-text("15 calls of 300")');
        await page.evaluate('document.querySelector("#tab-functions").click()');
        await page.click('#page-functions th button:has-text("Calls")');
        expect(
          await page.evaluate(
            'document.querySelector("#page-functions [aria-sort=descending]").textContent',
          ),
        ).toBe('Calls');
        await page.click('#page-functions td button');
        expect(await violations(page)).toEqual([]);
        await page.keyboard.press('Escape');
        expect(await page.evaluate('document.querySelectorAll("dialog").length')).toBe(0);
      }),
    LONG_MS,
  );

  itHas(
    'of a million calls holds totals of all, some one by one, and says so',
    () =>
      withBrowser(async (browser) => {
        function* million(): Iterable<TraceEvent> {
          yield session;
          for (let n = 1; n <= 1_000_000; n++) yield* call(n, `function${n % 1000}`);
        }
        const path = write('million.html', million());
        expect(statSync(path).size).toBeLessThan(20 * 1024 * 1024);
        const { page, deeds } = await openReport(browser, path);
        expect(await page.evaluate('document.querySelector(".facts").textContent')).toContain(
          'calls1000000',
        );
        for (const tab of ['timeline', 'stacks', 'calls']) {
          await page.evaluate(`document.querySelector('#tab-${tab}').click()`);
        }
        expect(
          await page.evaluate('document.querySelector("#page-calls .warning").textContent'),
        ).toBe(
          'Of 1,000,000 calls 21,000 are here one by one: the first 15000, the last 5000 and the 1000 that took longest. Totals count all of them.',
        );
        expect(deeds).toEqual([]);
      }),
    LONG_MS,
  );

  itHas(
    'with -c has the totals alone, and is as sound',
    () =>
      withBrowser(async (browser) => {
        const { page, deeds } = await openReport(
          browser,
          write('counted.html', hostileEvents(), 'counted'),
        );
        expect(
          await page.evaluate(
            `Array.from(document.querySelectorAll('${TABS}'), (tab) => tab.textContent).join()`,
          ),
        ).toBe('Functions,Modules,Flame graph,Coverage');
        await expectSound(page);
        expect(deeds).toEqual([]);
        const path = join(folder, 'counted-live.html');
        const run = await runTsltrace(['-c', '--format', 'html', '-o', path, '/bin/echo', 'x']);
        expect(run).toMatchObject({ status: 0, stdout: 'x\n' });
        const live = await openReport(browser, path);
        expect(
          await live.page.evaluate('document.querySelector("#page-functions").innerText'),
        ).toMatch(/setlocale/);
        expect(live.deeds).toEqual([]);
      }),
    LONG_MS,
  );

  it('is the same from a recording as live', async () => {
    const recording = join(folder, 'run.ndjson');
    const [one, other] = [join(folder, 'one.html'), join(folder, 'other.html')];
    const run = await runTsltrace(['--format', 'html', '-o', one, '/bin/echo', 'x']);
    expect(run).toMatchObject({ status: 0, stdout: 'x\n' });
    expect(statSync(one).size).toBeGreaterThan(10_000);
    await runTsltrace(['-w', '5', '-o', recording, '/bin/echo', 'x']);
    const read = await runTsltrace(['--read', recording, '--format', 'html', '-o', other]);
    expect(read).toMatchObject({ status: 0, stderr: '' });
    expect(statSync(other).size).toBeGreaterThan(10_000);
  });
});

const SPEEDSCOPE = inProject('node_modules/speedscope/dist/release/index.html');

describe('stacks for other tools', () => {
  itHas(
    'are opened by speedscope, folded as in its own form',
    () =>
      withBrowser(async (browser) => {
        for (const format of ['folded', 'speedscope']) {
          const path = join(folder, `stacks.${format}`);
          const words = ['--format', format, '-w', '4', '-o', path];
          expect(await runTsltrace([...words, '/bin/echo', 'x'])).toMatchObject({ status: 0 });
          // As its own command does it.
          const loader = `${path}.js`;
          const content = JSON.stringify(readFileSync(path).toString('base64'));
          writeFileSync(loader, `speedscope.loadFileFromBase64("stacks", ${content})`);
          const page = await browser.newPage();
          const deeds: string[] = [];
          page.on('pageerror', (error) => deeds.push(String(error)));
          page.on('dialog', () => deeds.push('dialog'));
          await page.goto(
            `${pathToFileURL(SPEEDSCOPE).href}#localProfilePath=${loader}&view=sandwich`,
          );
          // A row of the table of all functions.
          await page.waitForSelector('td:has-text("setlocale")');
          expect(await page.evaluate('document.body.innerText')).toMatch(/Total/);
          expect(deeds).toEqual([]);
          await page.close();
        }
      }),
    LONG_MS,
  );
});
