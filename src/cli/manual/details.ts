/** What the kind of an argument adds to the description of an option. */
import type { OptionDeclaration } from '../options/declaration.js';

/** A sentence with a space before it, or ''. Code stands in backticks. */
export function details({ value }: OptionDeclaration): string {
  switch (value.kind) {
    case 'choice':
      return ` One of ${value.choices.map((choice) => `\`${choice}\``).join(', ')}.`;
    case 'integer':
      return value.min === 0 ? '' : ` At least ${value.min}.`;
    case 'flag':
    case 'count':
    case 'text':
      return '';
  }
}
