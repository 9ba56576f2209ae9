/** Says in one line why a process cannot be attached to: PTRACE_SEIZE only says EPERM. */
import { readFileSync } from 'node:fs';

import { UserError } from '../../../base/errors.js';
import type { ProcessStatus } from '../../proc.js';
import { readStatus } from './procfs.js';

/** What is known at the moment of the refusal. */
export interface AttachFacts {
  readonly id: number;
  readonly target: ProcessStatus | undefined;
  readonly ourProcess: number;
  readonly ourUid: number;
  /** Bits of CapEff. */
  readonly ourCapabilities: bigint;
  /** Value of kernel.yama.ptrace_scope, undefined without Yama. */
  readonly yamaScope: number | undefined;
  readonly isKernelThread: boolean;
  nameOf(pid: number): string;
}

/** CAP_SYS_PTRACE of linux/capability.h. */
const CAP_SYS_PTRACE = 1n << 19n;
const YAMA_SETTING = '/proc/sys/kernel/yama/ptrace_scope';

/** @param id the thread or process that PTRACE_SEIZE refused with EPERM */
export function diagnoseAttach(id: number): UserError {
  const own = tryRead('/proc/self/status') ?? '';
  const scope = tryRead(YAMA_SETTING);
  return attachError({
    id,
    target: readStatus(id),
    ourProcess: process.pid,
    ourUid: process.getuid?.() ?? 0,
    ourCapabilities: BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(own)?.[1] ?? '0'}`),
    yamaScope: scope === undefined ? undefined : Number(scope),
    isKernelThread: tryRead(`/proc/${id}/maps`) === '' && tryRead(`/proc/${id}/cmdline`) === '',
    nameOf: (pid) => readStatus(pid)?.name ?? '?',
  });
}

export function attachError(facts: AttachFacts): UserError {
  const [reason, hint] = reasonAndHint(facts);
  return new UserError(`cannot attach to ${facts.id}: ${reason}`, hint);
}

export function noSuchProcess(id: number): UserError {
  return new UserError(`cannot attach to ${id}: no such process`);
}

function reasonAndHint(facts: AttachFacts): [reason: string, hint?: string] {
  const { target } = facts;
  if (target === undefined) return ['no such process'];
  // A zombie has no memory left either: ask for it before kernel threads.
  if (target.state === 'Z' || target.state === 'X') {
    return [`it has ended and waits to be reaped by ${target.parent} (zombie)`];
  }
  if (target.processId === facts.ourProcess) return ['that is tsltrace itself'];
  if (target.tracer !== 0) {
    return [`already traced by ${target.tracer} (${facts.nameOf(target.tracer)})`];
  }
  if (facts.isKernelThread) return ['it is a kernel thread'];
  const privileged = (facts.ourCapabilities & CAP_SYS_PTRACE) !== 0n;
  if (facts.yamaScope === 3) {
    return [`the system forbids all tracing (${YAMA_SETTING} is 3)`, 'this lasts until a reboot'];
  }
  if (privileged) return ['not permitted (EPERM); a security module or a container may forbid it'];
  if (target.uid !== facts.ourUid) {
    return [`it belongs to user ${target.uid}`, 'run as that user or as root'];
  }
  return withoutPrivilege(facts.yamaScope);
}

function withoutPrivilege(yamaScope: number | undefined): [reason: string, hint: string] {
  if (yamaScope === 2) {
    return [`only CAP_SYS_PTRACE may attach (${YAMA_SETTING} is 2)`, 'run as root'];
  }
  if (yamaScope === 1) {
    return [
      `it is not a child of tsltrace (${YAMA_SETTING} is 1)`,
      'run as root, start the program with tsltrace, or set it to 0',
    ];
  }
  return [
    'not permitted (EPERM) without CAP_SYS_PTRACE; it may be set-user-ID or not dumpable',
    'run as root',
  ];
}

function tryRead(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}
