/** From the words of `trace` and `attach` to what the Worker is asked, with every mistake found before it starts. */
import { accessSync, constants, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkCommand, checkOptions } from './check-options.js';
import { OptionError } from './option-error.js';
import type { LaunchOptions, TraceOptions, Variables } from './options.js';
import type { RequestedTarget, SessionRequest } from './session-request.js';
import { ProgramStdio } from './stdio.js';

export interface PreparedRequest {
  readonly request: SessionRequest;
  readonly signal: AbortSignal | undefined;
  readonly stdio: ProgramStdio | undefined;
}

/** @throws OptionError for the first mistake, with nothing left open */
export function prepareLaunch(
  program: string,
  args: readonly string[],
  options: LaunchOptions,
): PreparedRequest {
  checkCommand(program, args);
  checkOptions(options, 'trace');
  const { cwd, env, environment, stdio, ...rest } = options;
  if (env !== undefined && environment !== undefined) {
    throw new OptionError('environment', 'is the same as env: give one of them');
  }
  const workingDirectory = cwd === undefined ? undefined : folderOf(cwd);
  const variables = environmentOf(env ?? environment ?? process.env);
  const given = stdio === undefined ? undefined : new ProgramStdio(stdio);
  return prepared(rest, given, {
    kind: 'launch',
    program,
    args: [...args],
    environment: variables,
    workingDirectory,
    descriptors: given?.descriptors,
  });
}

/** @throws OptionError for the first mistake */
export function prepareAttach(
  pids: number | readonly number[],
  options: TraceOptions,
): PreparedRequest {
  checkOptions(options, 'attach');
  const list = Array.isArray(pids) ? [...(pids as readonly number[])] : [pids as number];
  return prepared(options, undefined, { kind: 'attach', pids: list });
}

function prepared(
  { signal, ...options }: TraceOptions,
  stdio: ProgramStdio | undefined,
  target: RequestedTarget,
): PreparedRequest {
  return { request: { target, options, hostEnvironment: { ...process.env } }, signal, stdio };
}

function folderOf(cwd: string | URL): string {
  if (typeof cwd === 'object' && cwd.protocol !== 'file:') {
    throw new OptionError('cwd', `${cwd.href} is no file: URL`);
  }
  const folder = resolve(typeof cwd === 'object' ? fileURLToPath(cwd) : cwd);
  const reason = whyNoFolder(folder);
  if (reason !== undefined) throw new OptionError('cwd', `${JSON.stringify(folder)} ${reason}`);
  return folder;
}

function whyNoFolder(folder: string): string | undefined {
  if (folder.includes('\0')) return 'contains a NUL';
  const status = statSync(folder, { throwIfNoEntry: false });
  if (status === undefined) return 'does not exist';
  if (!status.isDirectory()) return 'is not a directory';
  try {
    accessSync(folder, constants.X_OK);
    return undefined;
  } catch {
    return 'may not be entered';
  }
}

/** As child_process does: undefined ones are left out, all others are written as text. */
function environmentOf(variables: Variables): Readonly<Record<string, string>> {
  const given = Object.entries(variables).filter(([, value]) => value !== undefined);
  const texts = given.map(([name, value]) => [name, String(value)] as const);
  for (const [name, value] of texts) {
    const text = `${name}=${value}`;
    if (text.includes('\0')) throw new OptionError('env', `${JSON.stringify(name)} contains a NUL`);
    if (name === '' || name.includes('=')) {
      throw new OptionError('env', `${JSON.stringify(name)} cannot be the name of a variable`);
    }
  }
  return Object.fromEntries(texts);
}
