import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { completionScript } from '../../../src/cli/completion/completion-script.js';
import { statusOfError } from '../../../src/cli/exit-status.js';
import { helpPage, helpText } from '../../../src/cli/help.js';
import { manPage } from '../../../src/cli/manual/man-page.js';
import { optionsPage } from '../../../src/cli/manual/options-page.js';
import { ALL_OPTIONS, EXAMPLES } from '../../../src/cli/options/all-options.js';
import { OPTION_GROUPS } from '../../../src/cli/options/declaration.js';
import { inProject } from '../../support/project.js';

const document = (name: string): string => readFileSync(inProject(`docs/${name}`), 'utf8');

describe('what is written from the declarations', () => {
  it('is up to date: npm run docs changes nothing', () => {
    expect(document('options.md')).toBe(optionsPage());
    expect(document('tsltrace.1')).toBe(manPage());
  });

  it('fits a screen as help, with every option on its page', () => {
    const pages = [helpText(), ...OPTION_GROUPS.flatMap((group) => helpPage(group) ?? [])];
    for (const page of pages) {
      const lines = page.trimEnd().split('\n');
      expect(lines.length).toBeLessThanOrEqual(50);
      for (const line of lines) expect(line.length).toBeLessThan(80);
    }
    expect(helpText().split('\n').length).toBeGreaterThanOrEqual(24);
    for (const { letter, name, group } of ALL_OPTIONS) {
      const form = letter === undefined ? `--${name}` : `-${letter}`;
      const page = helpPage(group) ?? helpText();
      expect(page).toMatch(new RegExp(`(?:^| )${form}(?:[ [=]|$)`, 'm'));
    }
    expect(helpText()).toContain('tsltrace --audit --help');
    for (const { command } of EXAMPLES) expect(helpText()).toContain(command);
  });

  it.each(['bash', 'zsh', 'fish'])('completes every option in %s', (shell) => {
    const script = completionScript(shell);
    for (const { name, letter } of ALL_OPTIONS) {
      expect(script).toContain(shell === 'fish' ? `-l ${name} ` : `--${name}`);
      if (letter !== undefined)
        expect(script).toContain(shell === 'fish' ? `-s ${letter} ` : `-${letter}`);
    }
  });

  it('has no request of roff in running text', () => {
    const requests = manPage()
      .split('\n')
      .filter((line) => /^[.']/.test(line));
    for (const line of requests)
      expect(line).toMatch(/^\.(?:\\"|TH|SH|SS|PP|TP|B|I|RI|BR|br)(?: |$)/);
  });
});

describe('docs/exit-status.md', () => {
  it('names the statuses of the code', () => {
    const text = document('exit-status.md');
    for (const status of ['usage', 'failed', 'cannot-execute', 'not-found'] as const) {
      expect(text).toMatch(new RegExp(`^\\| ${statusOfError(status)} `, 'm'));
    }
  });
});

describe('docs/differences-from-ltrace.md', () => {
  /** Rows of the first table: option as its test is called, and the further tests. */
  const rows = (): readonly (readonly [option: string, ...tests: string[]])[] =>
    document('differences-from-ltrace.md')
      .split('\n## ')[0]
      ?.split('\n')
      .filter((line) => line.startsWith('| `-'))
      .map((line) => {
        const cells = line.split(' | ').map((cell) => cell.replace(/^\| | *\|$/g, '').trim());
        return [cells[0]?.replaceAll('`', '') ?? '', ...(cells[3]?.split(', ') ?? [])] as const;
      }) ?? [];

  it('has a row for every option of ltrace, short and long', () => {
    const options = rows().flatMap(([option]) => option.split(', '));
    const shorts = Array.from('aAbcCDefFhilLnoprsStTuVwx', (letter) => `-${letter}`);
    const longs = 'align no-signals demangle debug config help library indent output version where'
      .split(' ')
      .map((name) => `--${name}`);
    const written = new Set(options.map((option) => option.split(/[ =]/)[0]));
    expect([...shorts, ...longs].filter((option) => !written.has(option))).toEqual([]);
  });

  it('has rows that an end-to-end test of the same name backs', () => {
    const tests = readFileSync(inProject('test/e2e/ltrace-options.test.ts'), 'utf8');
    const titles = [...tests.matchAll(/\boption(?:OfCxx|OfRoot)?\('(-[^']+)'/g)];
    const backed = titles.map(([, title]) => title ?? '');
    expect(
      rows()
        .map(([option]) => option)
        .sort(),
    ).toEqual([...backed].sort());
  });

  it('names tests that exist', () => {
    const files = readdirSync(inProject('test'), { recursive: true, encoding: 'utf8' });
    const names = new Set(files.map((file) => basename(file)));
    for (const [option, ...tests] of rows()) {
      expect(tests.length).toBeGreaterThan(0);
      for (const test of tests)
        expect([option, test, names.has(`${test}.test.ts`)]).toEqual([option, test, true]);
    }
  });

  it('speaks only of options that there are', () => {
    const names = new Set<string>(ALL_OPTIONS.map(({ name }) => name));
    for (const page of ['differences-from-ltrace.md', 'usage.md', 'filters.md', 'exit-status.md']) {
      for (const [, name] of document(page).matchAll(/`(?:tsltrace )?--([a-z-]+)/g)) {
        expect([page, name, names.has(name ?? '')]).toEqual([page, name, true]);
      }
    }
  });
});
