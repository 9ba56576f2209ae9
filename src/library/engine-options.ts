/** From what a user of the library asks for to the complete options of the engine. */
import { realpathSync } from 'node:fs';
import { toProcessId } from '../base/ids.js';
import type {
  EngineOptions,
  FollowPolicy,
  SyscallPolicy,
  Target,
} from '../engine/engine-options.js';
import { compileGlob } from '../filter/glob.js';
import {
  parseCallFilter,
  parseFunctionFilter,
  parseLibraryFilter,
  type ParseOptions,
} from '../filter/parse-filter.js';
import { withMarkedErrors } from '../filter/pattern-error.js';
import { parseSets } from '../filter/sets/parse-sets.js';
import { parseSyscallSelection } from '../filter/syscall-selection.js';
import { parseWhere, type WhereCondition } from '../filter/where/parse-where.js';
import { findProgram } from '../launch/find-program.js';
import type { CaptureLimits } from '../lens/stopped-call.js';
import { BUNDLED_PROTOTYPES, prototypeFiles } from '../prototype/prototype-files.js';
import { defaultPlaces } from '../prototype/prototype-library.js';
import { declaredValues } from '../prototype/declared-values.js';
import { readSetFiles } from '../prototype/set-files.js';
import { loadShownNames } from '../prototype/shown-names.js';
import { isSyscallName } from '../prototype/syscalls.js';
import { captureLimits } from '../request/capture-limits.js';
import { capturesFor } from '../request/captures.js';
import { engineRequest } from '../request/engine-request.js';
import { newIdentity } from '../request/new-identity.js';
import { ALL_SYSCALLS, followPrograms, syscallsIn } from '../request/policies.js';
import { prototypeLibraryOf } from '../request/prototype-library-of.js';
import { demangle } from '../symbol/demangle.js';
import { naming, OptionError } from './option-error.js';
import type { Expressions, TraceOptions } from './options.js';
import type { RequestedTarget, SessionRequest } from './session-request.js';

export interface PreparedSession {
  readonly options: EngineOptions;
  readonly where: readonly WhereCondition[];
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
  const library = prototypeLibraryOf(
    { prototypePaths: given, prototypeFiles: files },
    { environment: hostEnvironment, report: (line) => warnings.push(line) },
  );
  const where = each('where', options.where, (text) =>
    parseWhere(text, () => declaredValues(files, places)),
  );
  const isAsked = options.origin === true || where.some(({ asksForScript }) => asksForScript);
  return {
    where,
    options: {
      ...engineRequest({
        ...filtersOf(options, {
          shownNames: once(() => loadShownNames(files, places)),
          sets: once(() => parseSets(readSetFiles(files, hostEnvironment, []))),
        }),
        targets: targetsOf(target),
        command: target.kind === 'launch' ? [target.program, ...target.args] : [],
        follow: followPolicyOf(options.follow),
        syscalls: syscallsOf(options.syscalls),
        backtraceFrames: options.backtrace ?? 0,
        scriptOrigin: isAsked ? 'innermost' : 'none',
        callerSource: options.origin === true ? 'callers-without-script' : 'none',
        cpuTime: options.cpuTime === true,
      }),
      version,
      identity: newIdentity({}),
      captures: capturesFor('arguments', { library, limits: limitsOf(options) }),
      launchedWhenLeft: 'is-killed',
      afterLeaving: 'we-live-on',
    },
    warnings,
  };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** Modules are known by the path behind symbolic links. */
const PARSING = {
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
  files: Pick<ParseOptions, 'shownNames' | 'sets'>,
): Pick<EngineOptions, 'calls' | 'libraries' | 'functions'> {
  const parsing = { ...PARSING, ...files };
  const calls = options.calls ?? (options.libraries === undefined ? '@MAIN' : []);
  return {
    calls: each('calls', calls, (text) => parseCallFilter(text, parsing)),
    libraries: each('libraries', options.libraries, (text) => parseLibraryFilter(text, parsing)),
    functions: each('functions', options.functions, (text) => parseFunctionFilter(text, parsing)),
  };
}

function syscallsOf(wanted: TraceOptions['syscalls']): SyscallPolicy {
  if (wanted === true) return ALL_SYSCALLS;
  if (wanted === false) return syscallsIn([]);
  return syscallsIn(each('syscalls', wanted, (text) => parseSyscallSelection(text, isSyscallName)));
}

function followPolicyOf(follow: TraceOptions['follow']): FollowPolicy {
  if (follow === undefined || follow === false) return { kind: 'none' };
  if (follow === true) return { kind: 'all' };
  const globs = each('follow', follow, (text) =>
    withMarkedErrors('follow', text, () => compileGlob(text, 0)),
  );
  return followPrograms(globs);
}

function limitsOf(options: TraceOptions): CaptureLimits {
  return captureLimits({
    stringBytes: options.stringLength,
    arrayElements: options.arrayLength,
    showSecrets: options.showSecrets === true,
    descriptorPaths: options.descriptorPaths === true,
  });
}

function targetsOf(target: RequestedTarget): readonly Target[] {
  if (target.kind === 'attach') {
    if (target.pids.length === 0) throw new OptionError('pids', 'no process id was given');
    return [...new Set(target.pids)].map((pid) => {
      if (!Number.isInteger(pid) || pid < 1 || pid > LARGEST_PROCESS_ID) {
        throw new OptionError('pids', `${String(pid)} is not a process id`);
      }
      return { kind: 'attach', pid: toProcessId(pid) };
    });
  }
  const { program, args, environment, workingDirectory, descriptors } = target;
  const spec = {
    program: findProgram(program, environment['PATH'], workingDirectory),
    argv: [program, ...args],
    environment: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    ...(workingDirectory !== undefined && { workingDirectory }),
    ...(descriptors !== undefined && { descriptors }),
  };
  return [{ kind: 'launch', spec }];
}

/** INT_MAX, what pid_t can hold. */
const LARGEST_PROCESS_ID = 2147483647;

/** @throws OptionError where one of them is wrong */
function each<T>(
  option: string,
  expressions: Expressions | undefined,
  read: (text: string) => T,
): readonly T[] {
  const texts = typeof expressions === 'string' ? [expressions] : (expressions ?? []);
  return texts.map((text) => naming(option, () => read(text)));
}
