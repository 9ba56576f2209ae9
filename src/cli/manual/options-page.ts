/** docs/options.md, written from the declarations. */
import { synopsis } from '../help.js';
import { ALL_OPTIONS, EXAMPLES } from '../options/all-options.js';
import { OPTION_GROUPS, type OptionDeclaration } from '../options/declaration.js';
import { details } from './details.js';

export function optionsPage(): string {
  const groups = OPTION_GROUPS.map((group) => {
    const options = ALL_OPTIONS.filter((option) => option.group === group);
    return `## ${group}\n\n${options.map(section).join('\n')}`;
  });
  const examples = EXAMPLES.map(({ command, shows }) => `# ${shows}\n${command}\n`);
  return `# Options

<!-- Written by \`npm run docs\` from src/cli/options; do not edit. -->

\`\`\`
tsltrace [OPTION]... [--] COMMAND [ARGUMENT]...
tsltrace [OPTION]... -p PID
\`\`\`

Options end at the command: what follows it belongs to it. Letters may be joined (\`-fc\`), arguments glued
(\`-efoo\`, \`-A5\`), long options abbreviated (\`--out=FILE\`). Integers are read as in C: \`20\`, \`0x14\`, \`024\`.

\`\`\`sh
${examples.join('')}\`\`\`

${groups.join('\n')}`;
}

function section(option: OptionDeclaration): string {
  return `### \`${synopsis(option)}\`\n\n${option.description}${details(option)}\n`;
}
