/** Completion for fish. */
import { ALL_OPTIONS } from '../options/all-options.js';
import type { OptionDeclaration } from '../options/declaration.js';

export function fishCompletion(): string {
  const lines = ALL_OPTIONS.map((option) => `${lineOf(option)}\n`);
  return `# fish completion for tsltrace: tsltrace --completion fish | source
complete -c tsltrace -x -a '(__fish_complete_subcommand)'
${lines.join('')}`;
}

function lineOf(option: OptionDeclaration): string {
  const { letter, name, brief } = option;
  const short = letter === undefined ? '' : ` -s ${letter}`;
  return `complete -c tsltrace${short} -l ${name}${argumentsOf(option)} -d ${quoted(brief)}`;
}

function argumentsOf({ argument, aloneMeans, value }: OptionDeclaration): string {
  if (argument === undefined) return '';
  const choices = value.kind === 'choice' ? ` -a ${quoted(value.choices.join(' '))}` : '';
  if (aloneMeans !== undefined) return ` -f${choices}`;
  if (value.kind !== 'text') return ` -x${choices}`;
  switch (value.completes ?? 'nothing') {
    case 'file':
    case 'directory':
      return ' -r -F';
    case 'user':
      return " -x -a '(__fish_complete_users)'";
    case 'pid':
      return " -x -a '(__fish_complete_pids)'";
    case 'nothing':
      return ' -x';
  }
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
