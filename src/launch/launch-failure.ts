/** Says why the kernel refused to execute a program, by a look at the program's first bytes. */
import { closeSync, openSync, readSync } from 'node:fs';
import { describeErrno, errnoName, errnoText } from '../base/errno-names.js';
import { signalName } from '../base/signal-names.js';
import { UserError, type UserErrorStatus } from '../base/errors.js';
import { onOneLine } from '../filter/pattern-error.js';
import { KilledInLaunch, type LaunchError } from '../kernel/launch-error.js';
import { pathFrom } from './find-program.js';

/** BINPRM_BUF_SIZE of Linux: the kernel reads no more of a `#!` line. */
const HEAD_BYTES = 256;
const ELF_MAGIC = '\x7fELF';

/** @param folder where the program was executed */
export function explainLaunchFailure(failure: LaunchError, folder = '.'): UserError {
  const program = onOneLine(failure.program);
  if (failure.step !== 'execve') {
    const reason = `${failure.step} failed: ${describeErrno(failure.errno)}`;
    return new UserError(`cannot start ${program}: ${reason}`);
  }
  const name = errnoName(failure.errno);
  const head = readHead(pathFrom(folder, failure.program));
  if (failure instanceof KilledInLaunch) {
    return cannotExecute(`${program}: ${whyKilled(failure.signal, head)}`);
  }
  if (name === 'ENOEXEC') return cannotExecute(`${program}: ${whyNotExecutable(head)}`);
  if (name === 'ENOENT' && head !== undefined) {
    return cannotExecute(`${program}: its interpreter ${interpreterOf(head)}does not exist`);
  }
  if (isElf(head) && !ABOUT_THE_FILE.has(name ?? '')) {
    return cannotExecute(`${program}: ${DAMAGED} (${errnoText(failure.errno)})`);
  }
  const status: UserErrorStatus = name === 'ENOENT' ? 'not-found' : 'cannot-execute';
  return new UserError(`${program}: ${errnoText(failure.errno)}`, undefined, status);
}

const DAMAGED = 'an ELF file that this machine cannot run: truncated or damaged';

/** What execve(2) says of files whatever they hold: permissions, names, arguments, a file that is written to. */
const ABOUT_THE_FILE: ReadonlySet<string> = new Set([
  ...['EACCES', 'EPERM', 'ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'E2BIG', 'ETXTBSY'],
  ...['ENFILE', 'EMFILE', 'EAGAIN', 'EISDIR'],
]);

function isElf(head: string | undefined): boolean {
  return head?.startsWith(ELF_MAGIC) === true;
}

function whyKilled(signal: number, head: string | undefined): string {
  const killed = `killed by ${signalName(signal)} before it began`;
  return isElf(head) ? `${killed}: an ELF file that may be truncated or damaged` : killed;
}

function cannotExecute(message: string): UserError {
  return new UserError(message, undefined, 'cannot-execute');
}

function whyNotExecutable(head: string | undefined): string {
  if (head === undefined) return 'not in a format that can be executed';
  if (head === '') return 'the program file is empty';
  if (isElf(head)) return `${DAMAGED}, or for another CPU`;
  return 'neither an ELF program nor a script that begins with #!';
}

/** The name behind `#!` and a space after it, '' for an ELF file. */
function interpreterOf(head: string): string {
  const interpreter = /^#![ \t]*([^ \t\n]+)/.exec(head)?.[1];
  return interpreter === undefined ? '' : `${onOneLine(interpreter)} `;
}

/** Latin-1 text; undefined when the file cannot be read. */
function readHead(path: string): string | undefined {
  try {
    const descriptor = openSync(path, 'r');
    try {
      const bytes = Buffer.alloc(HEAD_BYTES);
      return bytes.toString('latin1', 0, readSync(descriptor, bytes, 0, HEAD_BYTES, 0));
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return undefined;
  }
}
