/** What a baseline knows and a run did not show, in words; not escaped. */
import type { Comparison, KnownFinding } from './known.js';

export function goneLines({ gone, goneBlindSpots }: Comparison): readonly string[] {
  return [
    ...gone.map(knownText),
    ...goneBlindSpots.map(({ module, program }) => `TLS-BLIND-SPOT ${module} in ${program}`),
  ];
}

function knownText({ rule, module, call, script, function: name, program }: KnownFinding): string {
  const what = call === '' ? '' : ` ${module}->${call}`;
  const by = script === '' ? '' : ` by ${script} ${name}`;
  return `${rule}${what}${by} in ${program}`;
}
