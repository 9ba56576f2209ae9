/** Which processes: the command, -p, -u, -f, --follow-only, --detach-after. */
import { toProcessId, type ProcessId } from '../base/ids.js';
import type { DetachLimit, FollowPolicy, Target } from '../engine/engine-options.js';
import { compileGlob, type Glob } from '../filter/glob.js';
import { withMarkedErrors } from '../filter/pattern-error.js';
import { UserError } from '../base/errors.js';
import { usageError } from './command-line.js';
import { findProgram } from '../launch/find-program.js';
import { followPrograms } from '../request/policies.js';
import { parseInteger } from './integer.js';
import type { ParsedOptions } from './parsed-options.js';
import { environmentValue, type Surroundings } from './surroundings.js';
import { findUser, type UserIdentity } from './user-identity.js';

/** Throws UserError: nothing to trace, a program that cannot be run, a number that is no process id. */
export function targetsOf(options: ParsedOptions, around: Surroundings): readonly Target[] {
  const [name] = options.operands;
  const pids = options.all('attach').flatMap(parseProcessIds);
  const user = options.last('user');
  if (name === undefined && pids.length === 0) {
    throw usageError('nothing to trace: name a command, or a process with -p');
  }
  if (name === undefined && user !== undefined) throw usageError('-u needs a command');
  const attached = [...new Set(pids)].map((pid): Target => ({ kind: 'attach', pid }));
  return name === undefined ? attached : [launchTarget(name, user, options, around), ...attached];
}

function launchTarget(
  name: string,
  user: string | undefined,
  options: ParsedOptions,
  around: Surroundings,
): Target {
  const identity = user === undefined ? undefined : identityOf(user, around);
  return {
    kind: 'launch',
    spec: {
      program: findProgram(name, environmentValue(around.environment, 'PATH')),
      argv: options.operands,
      environment: around.environment,
      ...(identity === undefined ? {} : { identity }),
    },
  };
}

function identityOf(user: string, around: Surroundings): UserIdentity {
  if (around.effectiveUserId !== 0) throw new UserError('-u: only root may become another user');
  return findUser(user, around.users());
}

/** INT_MAX; the kernel allows far fewer, and says so itself. */
const LARGEST_PROCESS_ID = 2147483647;

/** `1,2` or `1 2`, as pidof(1) prints them. */
function parseProcessIds(text: string): readonly ProcessId[] {
  return text.split(/[,\s]/).map((item) => {
    const id = parseInteger(item);
    if (id === undefined || id < 1 || id > LARGEST_PROCESS_ID) {
      throw usageError(`-p: '${item}' is not a process id`);
    }
    return toProcessId(id);
  });
}

export function followPolicyOf(options: ParsedOptions): FollowPolicy {
  const globs = options.all('follow-only').flatMap(parseProgramNames);
  if (globs.length > 0) return followPrograms(globs);
  return { kind: options.has('follow') ? 'all' : 'none' };
}

function parseProgramNames(text: string): readonly Glob[] {
  return withMarkedErrors('--follow-only', text, () => {
    let offset = 0;
    return text.split(',').map((item) => {
      const glob = compileGlob(item, offset);
      offset += item.length + 1;
      return glob;
    });
  });
}

const MILLISECONDS: Readonly<Record<string, number>> = { s: 1000, ms: 1 };

/** setTimer of the kernel takes milliseconds as a signed 32-bit number. */
const LONGEST_TIME_MS = 2147483647;

export function detachLimitOf(options: ParsedOptions): DetachLimit {
  const text = options.last('detach-after');
  if (text === undefined) return { kind: 'never' };
  const time = /^([0-9]+(?:\.[0-9]+)?)(s|ms)$/.exec(text);
  if (time !== null) {
    const milliseconds = Math.ceil(Number(time[1]) * (MILLISECONDS[time[2] ?? ''] ?? 1));
    if (milliseconds >= 1 && milliseconds <= LONGEST_TIME_MS) return { kind: 'time', milliseconds };
  }
  const calls = time === null ? parseInteger(text) : undefined;
  if (calls === undefined || calls < 1) {
    throw usageError(`--detach-after: '${text}' is neither a number of calls nor a time like 5s`);
  }
  return { kind: 'calls', calls };
}
