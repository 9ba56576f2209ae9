/** Text for readers that give up on what is too long. */

/** At most so many UTF-16 units, and no half of a pair at the end. */
export function bounded(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
