/** A comparison of two traces for people and for programs. */
import { quote } from '../recording/json-text.js';
import { escapeName } from '../text/escape.js';
import type {
  FunctionDifference,
  TraceComparison,
  VariantDifferences,
} from './compare-profiles.js';

/** Variants shown for each function; JSON has them all. */
const MOST_SHOWN = 20;

const SIGNS = { appeared: '+', vanished: '-', changed: '~' } as const;

/** Lines of text; a single one when nothing differs. */
export function renderComparisonText(comparison: TraceComparison): string {
  const calls = `${comparison.oldCalls} -> ${comparison.newCalls} calls`;
  if (!comparison.differs) return `No differences: ${calls}\n`;
  const count = comparison.differences.length;
  const functions = count === 1 ? '1 function differs' : `${count} functions differ`;
  return `${comparison.differences.map(functionLines).join('')}${functions}; ${calls}\n`;
}

/** One line of JSON. */
export function renderComparisonJson(comparison: TraceComparison): string {
  const differences = comparison.differences.map(
    (difference) =>
      `{"kind":"${difference.kind}","caller":${quote(difference.caller)},"function":${quote(difference.name)}` +
      `,"oldCalls":${difference.oldCalls},"newCalls":${difference.newCalls}` +
      `,"arguments":${jsonVariants(difference.arguments)},"results":${jsonVariants(difference.results)}}`,
  );
  return (
    `{"format":"tsltrace-comparison","schema":1,"differs":${comparison.differs ? 'true' : 'false'}` +
    `,"oldCalls":${comparison.oldCalls},"newCalls":${comparison.newCalls}` +
    `,"differences":[${differences.join(',')}]}\n`
  );
}

function functionLines(difference: FunctionDifference): string {
  const { caller, name, oldCalls, newCalls } = difference;
  const prefix = caller === '' ? '' : `${escapeName(caller)}->`;
  const unit = newCalls === 1 ? 'call' : 'calls';
  const calls =
    oldCalls === newCalls ? `${oldCalls} ${unit}` : `${oldCalls} -> ${newCalls} ${unit}`;
  return (
    `${SIGNS[difference.kind]} ${prefix}${escapeName(name)}  ${calls}\n` +
    variantLines('arguments', difference.arguments) +
    variantLines('result', difference.results)
  );
}

/** Variants were escaped when they were written. */
function variantLines(what: string, differences: VariantDifferences): string {
  if (differences === 'too-many') return `    ${what}: too many different ones to compare\n`;
  const shown = differences.slice(0, MOST_SHOWN).map(({ variant, old, new: now }) => {
    const sign = old === 0 ? '+' : now === 0 ? '-' : '~';
    return `    ${sign} ${what} ${variant}  ${old} -> ${now}\n`;
  });
  const rest = differences.length - shown.length;
  return shown.join('') + (rest > 0 ? `    ... and ${rest} more\n` : '');
}

function jsonVariants(differences: VariantDifferences): string {
  if (differences === 'too-many') return '"too-many"';
  const items = differences.map(
    ({ variant, old, new: now }) => `{"variant":${quote(variant)},"old":${old},"new":${now}}`,
  );
  return `[${items.join(',')}]`;
}
