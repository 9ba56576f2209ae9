/** The blocks of a Markdown document that are commands, with what it shows them to print. */

/** Shells that run a block; `console` is a bash session, with what it prints among the commands. */
const LANGUAGES = ['sh', 'console', 'zsh', 'fish'] as const;

export interface DocBlock {
  readonly language: (typeof LANGUAGES)[number];
  /** The first command, by which a block is known. */
  readonly first: string;
  readonly commands: string;
  /** Of the session, or of the text block that follows; undefined where there is none. */
  readonly shown: string | undefined;
}

export function commandBlocks(markdown: string): readonly DocBlock[] {
  return fences(markdown).flatMap(({ kind, text, next }): DocBlock[] => {
    const language = LANGUAGES.find((one) => one === kind);
    if (language === undefined) return [];
    const { commands, shown } =
      language === 'console' ? session(text) : { commands: text, shown: next };
    return [{ language, first: commands.split('\n')[0] ?? '', commands, shown }];
  });
}

/** Lines that are commands of ours and stand where no test would run them. */
export function strayCommands(markdown: string): readonly string[] {
  return fences(markdown)
    .filter(({ kind }) => !LANGUAGES.some((one) => one === kind))
    .flatMap(({ text }) => text.split('\n'))
    .filter((line) => /^(?:\$ |tsltrace (?!\[|audit|TLS )|npm |npx |examples\/)/.test(line));
}

interface Fence {
  readonly kind: string;
  readonly text: string;
  /** Of the block behind it, where that is what it prints. */
  readonly next: string | undefined;
}

function fences(markdown: string): readonly Fence[] {
  const found = [...markdown.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)];
  return found.map((fence, index): Fence => {
    const [whole, kind = '', text = ''] = fence;
    const next = found[index + 1];
    const between = markdown.slice(fence.index + whole.length, next?.index);
    const isPrinted = next?.[1] === 'text' && /^\n+(?:prints[^\n]*\n+)?$/.test(between);
    return { kind, text, next: isPrinted ? next[2] : undefined };
  });
}

function session(text: string): { readonly commands: string; readonly shown: string } {
  const lines = text.split('\n');
  const commands = lines.filter((line) => line.startsWith('$ ')).map((line) => line.slice(2));
  const shown = lines.filter((line) => !line.startsWith('$ '));
  return { commands: commands.join('\n'), shown: shown.join('\n') };
}

/** Without what differs from run to run: addresses, ids, times, counts, and the width of columns. */
export function shapeOf(line: string): string {
  return line
    .replace(/0x[0-9a-f]+/g, 'ADDRESS')
    .replace(/\[[0-9a-f]{4,}\]/g, '[ADDRESS]')
    .replace(/\d+/g, 'N')
    .replace(/\s+/g, ' ')
    .trim();
}
