/** Completion for zsh. */
import { ALL_OPTIONS } from '../options/all-options.js';
import type { OptionDeclaration } from '../options/declaration.js';

export function zshCompletion(): string {
  const specifications = ALL_OPTIONS.flatMap(specificationsOf).map((text) => `    ${text} \\\n`);
  return `#compdef tsltrace
# zsh completion for tsltrace: tsltrace --completion zsh >_tsltrace, in a folder of $fpath
_tsltrace() {
  _arguments -s -S \\
${specifications.join('')}    '(-):command: _command_names -e' \\
    '*::arguments: _normal'
}
if [ "$funcstack[1]" = _tsltrace ]; then _tsltrace "$@"; else compdef _tsltrace tsltrace; fi
`;
}

/** One for the letter and one for the long form, each in single quotes. */
function specificationsOf(option: OptionDeclaration): readonly string[] {
  const { letter, name, brief, argument, aloneMeans, repeatable } = option;
  const several = repeatable === true || option.value.kind === 'count' ? '*' : '';
  const about = `[${escaped(brief)}]`;
  const what = argument === undefined ? '' : `:${escaped(argument)}:${action(option)}`;
  const long = argument === undefined ? '' : aloneMeans === undefined ? '=' : '=-';
  const optional = aloneMeans === undefined ? '' : ':';
  const forms = [`${several}--${name}${long}${about}${optional}${what}`];
  if (letter !== undefined) {
    forms.push(`${several}-${letter}${argument === undefined ? '' : '+'}${about}${what}`);
  }
  return forms.map((form) => `'${form.replaceAll("'", "'\\''")}'`);
}

/** A colon ends a field, a bracket ends the description. */
function escaped(text: string): string {
  return text.replace(/[[\]:\\]/g, '\\$&');
}

function action({ value }: OptionDeclaration): string {
  if (value.kind === 'choice') return `(${value.choices.join(' ')})`;
  if (value.kind !== 'text') return ' ';
  switch (value.completes ?? 'nothing') {
    case 'file':
    case 'directory':
      return '_files';
    case 'user':
      return '_users';
    case 'pid':
      return '_pids';
    case 'nothing':
      return ' ';
  }
}
