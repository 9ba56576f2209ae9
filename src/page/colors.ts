/** The colours of what is drawn, as the style sheet has them for light and dark. */

export interface Colors {
  readonly text: string;
  readonly quiet: string;
  readonly line: string;
  readonly bad: string;
  readonly onBar: string;
  readonly bars: readonly string[];
}

const BARS = 8;

export function colors(): Colors {
  const style = getComputedStyle(document.documentElement);
  const named = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    text: named('text'),
    quiet: named('quiet'),
    line: named('line'),
    bad: named('bad'),
    onBar: named('on-bar'),
    bars: Array.from({ length: BARS }, (_, index) => named(`bar${index}`)),
  };
}

/** The same for the same number. */
export function colorOf(number: number, { bars }: Colors): string {
  return bars[(number * 5) % BARS] ?? '';
}
