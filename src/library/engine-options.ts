/** From what a user of the library asks for to the complete options of the engine. */
import { realpathSync } from 'node:fs';
import { UserError } from '../base/errors.js';
import { toProcessId } from '../base/ids.js';
import type {
  CaptureRequest,
  EngineOptions,
  FollowPolicy,
  SyscallPolicy,
  Target,
} from '../engine/engine-options.js';
import { allHold } from '../filter/event-selection.js';
import { compileGlob } from '../filter/glob.js';
import {
  parseCallFilter,
  parseFunctionFilter,
  parseLibraryFilter,
} from '../filter/parse-filter.js';
import { withMarkedErrors } from '../filter/pattern-error.js';
import { parseSyscallSelection } from '../filter/syscall-selection.js';
import { parseWhere } from '../filter/where/parse-where.js';
import { findProgram } from '../launch/find-program.js';
import { PrototypeCaptures } from '../lens/prototype-captures.js';
import type { CaptureLimits } from '../lens/stopped-call.js';
import { diagnosticText } from '../prototype/diagnostic-text.js';
import { BUNDLED_PROTOTYPES, prototypeFiles } from '../prototype/prototype-files.js';
import { defaultPlaces, PrototypeLibrary } from '../prototype/prototype-library.js';
import { syscallNumber } from '../prototype/syscalls.js';
import { demangle } from '../symbol/demangle.js';
import type { Expressions, TraceOptions } from './options.js';
import type { RequestedTarget, SessionRequest } from './session-request.js';

/** As those of the command. */
const DEFAULT_STRING_BYTES = 32;
const DEFAULT_ARRAY_ELEMENTS = 4;

export interface PreparedSession {
  readonly options: EngineOptions;
  /** Mistakes in the user's prototype files, a line each; more may come while calls are looked up. */
  readonly warnings: string[];
}

/** @throws UserError for a wrong option, or a program that cannot be found */
export function prepareSession(request: SessionRequest, version: string): PreparedSession {
  const { options, target, hostEnvironment } = request;
  const given = options.prototypePaths ?? [];
  const places = defaultPlaces(hostEnvironment, given, BUNDLED_PROTOTYPES);
  const warnings: string[] = [];
  const files = prototypeFiles((what) => warnings.push(what));
  const library = new PrototypeLibrary(files, places, (found) => {
    warnings.push(diagnosticText(found));
  });
  return {
    options: {
      ...filtersOf(options),
      targets: targetsOf(target),
      command: target.kind === 'launch' ? [target.program, ...target.args] : [],
      version,
      follow: followPolicyOf(options.follow),
      detachLimit: { kind: 'never' },
      launchedWhenLeft: 'is-killed',
      syscalls: syscallsOf(options.syscalls),
      captures: new PrototypeCaptures<CaptureRequest>(library, limitsOf(options), (wanted) =>
        wanted.fromDebugInformation(),
      ),
      where: allHold(list(options.where).map((text) => parseWhere(text))),
      backtraceFrames: countOf('backtrace', options.backtrace) ?? 0,
      cpuTime: options.cpuTime === true,
      measureCost: false,
    },
    warnings,
  };
}

/** Modules are known by the path behind symbolic links. */
const parsing = {
  demangle,
  paths: (path: string): string => {
    try {
      return realpathSync(path);
    } catch {
      return path;
    }
  },
};

function filtersOf(
  options: TraceOptions,
): Pick<EngineOptions, 'calls' | 'libraries' | 'functions'> {
  const calls = options.calls ?? (options.libraries === undefined ? '@MAIN' : []);
  return {
    calls: list(calls).map((text) => parseCallFilter(text, parsing)),
    libraries: list(options.libraries).map((text) => parseLibraryFilter(text, parsing)),
    functions: list(options.functions).map((text) => parseFunctionFilter(text, parsing)),
  };
}

function syscallsOf(wanted: TraceOptions['syscalls']): SyscallPolicy {
  if (wanted === true) return { kind: 'some', selects: () => true };
  if (wanted === undefined || wanted === false) return { kind: 'none' };
  const isKnown = (name: string): boolean =>
    syscallNumber('x86_64', name) !== undefined || syscallNumber('i386', name) !== undefined;
  const sets = list(wanted).map((text) => parseSyscallSelection(text, isKnown));
  return { kind: 'some', selects: (name) => sets.some((set) => set.selects(name)) };
}

function followPolicyOf(follow: TraceOptions['follow']): FollowPolicy {
  if (follow === undefined || follow === false) return { kind: 'none' };
  if (follow === true) return { kind: 'all' };
  const globs = follow.map((text) => withMarkedErrors('follow', text, () => compileGlob(text, 0)));
  return {
    kind: 'programs',
    matches: (program) => {
      const name = program.slice(program.lastIndexOf('/') + 1);
      return globs.some((glob) => glob.matches(name));
    },
  };
}

function limitsOf(options: TraceOptions): CaptureLimits {
  return {
    stringBytes: countOf('stringLength', options.stringLength) ?? DEFAULT_STRING_BYTES,
    arrayElements: countOf('arrayLength', options.arrayLength) ?? DEFAULT_ARRAY_ELEMENTS,
    showSecrets: options.showSecrets === true,
    descriptorPaths: options.descriptorPaths === true,
  };
}

function targetsOf(target: RequestedTarget): readonly Target[] {
  if (target.kind === 'attach') {
    if (target.pids.length === 0) throw wrongOption('attach: no process id was given');
    return [...new Set(target.pids)].map((pid) => {
      if (!Number.isInteger(pid) || pid < 1 || pid > LARGEST_PROCESS_ID) {
        throw wrongOption(`attach: ${String(pid)} is not a process id`);
      }
      return { kind: 'attach', pid: toProcessId(pid) };
    });
  }
  const { program, args, environment } = target;
  const variables = Object.entries(environment).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${value}`],
  );
  const path = findProgram(program, environment['PATH']);
  for (const text of [...args, ...variables]) {
    if (text.includes('\0')) throw wrongOption('an argument or variable contains a NUL');
  }
  return [
    {
      kind: 'launch',
      spec: { program: path, argv: [program, ...args], environment: variables },
    },
  ];
}

/** INT_MAX, what pid_t can hold. */
const LARGEST_PROCESS_ID = 2147483647;

function countOf(name: string, value: number | undefined): number | undefined {
  if (value === undefined || (Number.isSafeInteger(value) && value >= 0)) return value;
  throw wrongOption(`${name}: ${String(value)} is not a whole number from 0 up`);
}

function list(expressions: Expressions | undefined): readonly string[] {
  if (expressions === undefined) return [];
  return typeof expressions === 'string' ? [expressions] : expressions;
}

function wrongOption(message: string): UserError {
  return new UserError(message, undefined, 'usage');
}
