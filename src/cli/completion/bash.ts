/** Completion for bash. */
import { ALL_OPTIONS, takesArgument } from '../options/all-options.js';
import type { OptionDeclaration } from '../options/declaration.js';

export function bashCompletion(): string {
  const words = ALL_OPTIONS.flatMap((option) => spellings(option)).join(' ');
  const withArgument = ALL_OPTIONS.filter(
    (option) => takesArgument(option) && option.aloneMeans === undefined,
  );
  const skipping = withArgument.flatMap((option) => spellings(option)).join('|');
  const cases = ALL_OPTIONS.filter(takesArgument).map(argumentCase).join('');
  return `# bash completion for tsltrace: source <(tsltrace --completion bash)
_tsltrace() {
  local cur prev i
  cur=\${COMP_WORDS[COMP_CWORD]}
  prev=\${COMP_WORDS[COMP_CWORD-1]}
  # "=" is a word of its own to bash: --color = always
  if [[ $cur == "=" ]]; then cur=; elif [[ $prev == "=" ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]}; fi
  # Behind the command, complete as the command does.
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
      --) ((i++)); break ;;
      ${skipping}) ((i++)) ; [[ \${COMP_WORDS[i]} == "=" ]] && ((i++)) ;;
      =) ((i++)) ;;
      -*) ;;
      *) break ;;
    esac
  done
  if ((i < COMP_CWORD)); then
    if declare -F _command_offset >/dev/null; then _command_offset $i; else COMPREPLY=($(compgen -f -- "$cur")); fi
    return
  fi
  case $prev in
${cases}  esac
  if [[ $cur == -* ]]; then
    COMPREPLY=($(compgen -W '${words}' -- "$cur"))
  else
    COMPREPLY=($(compgen -c -- "$cur"))
  fi
}
complete -o default -F _tsltrace tsltrace
`;
}

function spellings({ letter, name }: OptionDeclaration): readonly string[] {
  return letter === undefined ? [`--${name}`] : [`-${letter}`, `--${name}`];
}

function argumentCase(option: OptionDeclaration): string {
  // The argument of --color is in the same word, or behind its "=".
  const label = option.aloneMeans === undefined ? spellings(option).join('|') : `--${option.name}`;
  return `    ${label}) ${candidates(option)}; return ;;\n`;
}

function candidates({ value }: OptionDeclaration): string {
  if (value.kind === 'choice') return reply(`-W '${value.choices.join(' ')}'`);
  if (value.kind !== 'text') return 'COMPREPLY=()';
  switch (value.completes ?? 'nothing') {
    case 'file':
    case 'directory':
      return reply('-f');
    case 'user':
      return reply('-u');
    case 'pid':
      return reply('-W "$(cd /proc && echo [0-9]*)"');
    case 'nothing':
      return 'COMPREPLY=()';
  }
}

function reply(how: string): string {
  return `COMPREPLY=($(compgen ${how} -- "$cur"))`;
}
