import { readFileSync } from 'node:fs';
import { completionScript } from '../../../src/cli/completion/completion-script.js';
import { statusOfError } from '../../../src/cli/exit-status.js';
import { helpText } from '../../../src/cli/help.js';
import { manPage } from '../../../src/cli/manual/man-page.js';
import { optionsPage } from '../../../src/cli/manual/options-page.js';
import { ALL_OPTIONS, EXAMPLES } from '../../../src/cli/options/all-options.js';
import { inProject } from '../../support/project.js';

const document = (name: string): string => readFileSync(inProject(`docs/${name}`), 'utf8');

describe('what is written from the declarations', () => {
  it('is up to date: npm run docs changes nothing', () => {
    expect(document('options.md')).toBe(optionsPage());
    expect(document('tsltrace.1')).toBe(manPage());
  });

  it('fits a screen as help, with every option', () => {
    const lines = helpText().trimEnd().split('\n');
    expect(lines.length).toBeGreaterThanOrEqual(24);
    expect(lines.length).toBeLessThanOrEqual(50);
    for (const line of lines) expect(line.length).toBeLessThan(80);
    for (const { letter, name } of ALL_OPTIONS) {
      const form = letter === undefined ? `--${name}` : `-${letter}`;
      expect(helpText()).toMatch(new RegExp(`(?:^| )${form}(?:[ [=]|$)`, 'm'));
    }
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
  it('has a row for every option of ltrace', () => {
    const text = document('differences-from-ltrace.md');
    for (const letter of Array.from('aAbcCDefFhilLnoprsStTuVwx')) {
      expect(text).toMatch(new RegExp(`^\\| \`-${letter}[\` ]`, 'm'));
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
