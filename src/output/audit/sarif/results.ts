/** A finding as a result object, SARIF section 3.27. */
import type { Finding } from '../../../audit/findings/finding.js';
import { fingerprint } from '../../../audit/findings/fingerprint.js';
import type { Level } from '../../../audit/findings/rules.js';
import type { Origin } from '../../../audit/ledger/setting.js';
import type { AuditReport } from '../../../audit/report/report.js';
import type { Frame, NativeFrame, ScriptFrame } from '../../../trace/event.js';
import { escapeName } from '../../text/escape.js';
import { bounded } from '../bounded.js';
import { decidingPlace, uriOf } from '../deciding-place.js';
import { allowanceText, framesOf, originText } from '../finding-words.js';
import { ruleIndex } from './descriptors.js';
import { message } from './message.js';

export interface ResultContext {
  readonly report: AuditReport;
  readonly anchor: string | undefined;
  readonly level: Level;
}

/** SARIF section 3.27.24. */
const BASELINE_STATES = { new: 'new', changed: 'updated', known: 'unchanged' } as const;
/** Of one piece of evidence: five thousand findings are to stay below GitHub's 10 MB. */
const MOST_CHARACTERS = 300;
/** Deeper stacks are cut. */
const MOST_FRAMES = 100;

export function resultOf(finding: Finding, context: ResultContext): unknown {
  const { rule, first, count, peers, allowed, since } = finding;
  const frames = framesOf(first.origin);
  const evidence = first.evidence.map((text) => bounded(escapeName(text), MOST_CHARACTERS));
  const text = [
    escapeName(first.sentence),
    `Decided by ${originText(first.origin)}.`,
    `Seen: ${evidence.join('; ')}.`,
  ].join(' ');
  return {
    ruleId: rule,
    ruleIndex: ruleIndex(rule),
    kind: 'fail',
    level: context.level,
    message: message(text),
    locations: [locationOf(first.origin, first.program, context)],
    ...(frames.length > 0 && { stacks: [stackOf(frames)] }),
    ...(since !== undefined && { baselineState: BASELINE_STATES[since] }),
    partialFingerprints: { 'tsltraceFinding/v1': fingerprint(first) },
    occurrenceCount: count,
    suppressions:
      allowed === undefined
        ? []
        : [
            {
              kind: 'external',
              status: 'accepted',
              justification: message(allowanceText(allowed)).text,
            },
          ],
    properties: {
      program: escapeName(first.program),
      evidence,
      peers: peers.map(escapeName),
      calls: first.calls,
    },
  };
}

function locationOf(
  origin: Origin | undefined,
  program: string,
  { report, anchor }: Pick<ResultContext, 'report' | 'anchor'>,
): unknown {
  const { file, line, column } = decidingPlace(origin, { report, program, anchor });
  return {
    physicalLocation: {
      artifactLocation: { uri: uriOf(file) },
      // GitHub wants a line where there is but a file.
      region: { startLine: line ?? 1, ...(column !== undefined && { startColumn: column }) },
    },
    ...(origin !== undefined && { logicalLocations: [logicalLocation(origin)] }),
  };
}

function logicalLocation({ module, symbol, offset }: Origin | NativeFrame): unknown {
  const file = escapeName(module === '' ? '[anon]' : module);
  const inFunction = symbol && `${escapeName(symbol.name)}+0x${symbol.offset.toString(16)}`;
  return {
    name: symbol === undefined ? file : escapeName(symbol.name),
    fullyQualifiedName: `${file}!${inFunction ?? `0x${offset.toString(16)}`}`,
    kind: symbol === undefined ? 'module' : 'function',
  };
}

function stackOf(frames: readonly Frame[]): unknown {
  return {
    frames: frames
      .slice(0, MOST_FRAMES)
      .map((frame) => (frame.language === undefined ? nativeFrame(frame) : scriptFrame(frame))),
  };
}

function scriptFrame({ language, function: name, file, line }: ScriptFrame): unknown {
  return {
    module: language,
    location: {
      physicalLocation: {
        artifactLocation: { uri: uriOf(file) },
        ...(line !== undefined && { region: { startLine: line } }),
      },
      logicalLocations: [{ name: escapeName(name), kind: 'function' }],
    },
  };
}

function nativeFrame(frame: NativeFrame): unknown {
  return {
    module: escapeName(frame.module),
    location: {
      ...(frame.source !== undefined && {
        physicalLocation: {
          artifactLocation: { uri: uriOf(frame.source.file) },
          ...(frame.source.line > 0 && { region: { startLine: frame.source.line } }),
        },
      }),
      logicalLocations: [logicalLocation(frame)],
    },
  };
}
