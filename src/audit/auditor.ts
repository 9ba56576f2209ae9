/** The audit: a fold over the events of a trace, live or recorded. What it knows at any moment is its report. */
import { toProcessId, type ProcessId } from '../base/ids.js';
import type { ModuleCoverage, ProcessStarted, RunIdentity, TraceEvent } from '../trace/event.js';
import { FindingBook, type Finding, type Instance, type Judgement } from './findings/finding.js';
import { judgeConnection } from './findings/judge-connection.js';
import { judgeSettings, keyLog } from './findings/judge-settings.js';
import type { Connection, Context } from './ledger/objects.js';
import { ObjectNumbers, ProcessLedger } from './ledger/process-ledger.js';
import {
  allowanceFor,
  dayOf,
  isExpired,
  timeOf,
  type Allowance,
  type AllowanceUse,
} from './policy/allowance.js';
import { concerns, type AuditPolicy } from './policy/audit-policy.js';
import { CallRules } from './policy/call-rules.js';
import { isOfLife, type LifeEvent } from './life-events.js';
import { PolicyJudge } from './policy/policy-judge.js';
import { ProcessAudit, type Closing } from './process-audit.js';
import { coverageOf, type LoadedModule } from './report/coverage.js';
import { Profiles } from './report/profiles.js';
import type { AuditReport, ProgramFacts } from './report/report.js';

interface Books {
  readonly findings: FindingBook;
  readonly profiles: Profiles;
}

export class Auditor {
  private readonly processes = new Map<ProcessId, ProcessAudit>();
  private readonly numbers = new ObjectNumbers();
  private readonly programs = new Map<ProcessId, ProgramFacts>();
  private readonly modules = new Map<string, LoadedModule>();
  private readonly books: Books;
  private readonly callsInto = new Map<string, number>();
  private looked: readonly ModuleCoverage[] = [];
  private version = '';
  private command: readonly string[] = [];

  private startedAt = '';
  private identity: RunIdentity | undefined;
  private day = '';
  private readonly judge: PolicyJudge;
  private readonly calls: CallRules;

  /** @param onFound is told of the first case of each finding, when it is met */
  constructor(
    private readonly policy: AuditPolicy,
    onFound?: (found: Instance) => void,
  ) {
    this.books = { findings: new FindingBook(onFound), profiles: Profiles.empty() };
    this.judge = new PolicyJudge(policy.policy);
    this.calls = new CallRules(policy.calls);
  }

  accept(event: TraceEvent): void {
    if (event.kind === 'call') this.process(event.pid).enter(event);
    else if (event.kind === 'return') this.process(event.pid).leave(event);
    else if (event.kind === 'call-abandoned') this.process(event.pid).abandon(event.call);
    else if (event.kind === 'syscall-return') this.process(event.pid).leaveSyscall(event);
    else if (isOfLife(event)) this.acceptLife(event);
    else this.acceptFacts(event);
    if (this.policy.calls.length > 0) this.holdToCalls(event);
  }

  private holdToCalls(event: TraceEvent): void {
    const judged = this.calls.accept(event);
    if (judged.length > 0) this.find(this.books, judged, this.process(event.pid), undefined);
  }

  private acceptFacts(event: TraceEvent): void {
    if (event.kind === 'module-loaded') this.modules.set(event.path, event);
    if (event.kind === 'coverage') this.looked = event.modules;
    if (event.kind === 'session-started') {
      this.version = event.version;
      this.command = event.command;
      this.day = dayOf(event.wallStart);
      this.startedAt = timeOf(event.wallStart);
      this.identity = event.identity;
    }
  }

  /** How processes come and go. */
  private acceptLife(event: LifeEvent): void {
    switch (event.kind) {
      case 'process-started':
        this.begin(event);
        return;
      case 'exec':
        this.close(event.pid);
        this.processes.set(event.pid, this.newProcess(event.pid, event.program, 'beginning'));
        this.programs.set(event.pid, { ...this.facts(event.pid), path: event.program });
        return;
      case 'thread-ended':
        this.processes.get(event.pid)?.threadEnded(event.tid);
        return;
      case 'exited':
        this.end(event.pid, `exited with status ${event.code}`, event.code === 0);
        return;
      case 'killed':
        this.end(event.pid, `killed by signal ${event.signal}`, false);
        return;
      case 'detached':
        this.end(event.pid, 'went on without us', undefined);
        return;
      case 'thread-started':
        return;
    }
  }

  /** What is to be said now; the audit goes on. */
  report(): AuditReport {
    const books = {
      findings: this.books.findings.clone(),
      profiles: this.books.profiles.clone(),
    };
    const callsInto = new Map(this.callsInto);
    for (const process of this.processes.values()) {
      this.closeInto(books, process);
      addCalls(callsInto, process);
    }
    for (const judgement of this.calls.missing) {
      const [[pid, { path }] = [toProcessId(0), { path: '' }]] = this.programs;
      books.findings.add({ ...judgement, pid, program: path, peer: undefined });
    }
    const { policy, allowances } = this.policy;
    const { name, source, remark = '' } = policy;
    const findings = books.findings.all.map((finding) => this.withAllowance(finding));
    return {
      policy: { name, source, remark },
      allowances: allowances.map((one) => ({ ...one, use: this.useOf(one, findings) })),
      version: this.version,
      startedAt: this.startedAt,
      ...(this.identity !== undefined && { identity: this.identity }),
      command: this.command,
      programs: [...this.programs.values()],
      findings,
      blindSpots: books.profiles.blindSpots,
      contexts: books.profiles.contexts,
      connections: books.profiles.connections,
      coverage: coverageOf(this.looked, [...this.modules.values()], callsInto),
      dropped: books.findings.dropped,
    };
  }

  private withAllowance(finding: Finding): Finding {
    const allowance = allowanceFor(finding, this.policy.allowances, this.day);
    if (allowance === undefined) return finding;
    const { because, until } = allowance;
    return { ...finding, allowed: { because, ...(until !== undefined && { until }) } };
  }

  private useOf(allowance: Allowance, findings: readonly Finding[]): AllowanceUse {
    if (isExpired(allowance, this.day)) return 'expired';
    const isUsed = findings.some(
      (finding) => allowanceFor(finding, [allowance], this.day) !== undefined,
    );
    return isUsed ? 'used' : 'unused';
  }

  private begin({ pid, how, parent, program }: ProcessStarted): void {
    const of = how === 'fork' && parent !== undefined ? this.processes.get(parent) : undefined;
    const started =
      of === undefined
        ? this.newProcess(pid, program, how === 'launch' ? 'beginning' : 'later')
        : new ProcessAudit(pid, program, of.ledger.fork(pid), this.closing);
    this.processes.set(pid, started);
    this.programs.set(pid, { pid, path: program, how, end: '', succeeded: undefined });
  }

  private end(pid: ProcessId, end: string, succeeded: boolean | undefined): void {
    this.close(pid);
    this.programs.set(pid, { ...this.facts(pid), end, succeeded });
  }

  private close(pid: ProcessId): void {
    const process = this.processes.get(pid);
    if (process === undefined) return;
    this.processes.delete(pid);
    this.closeInto(this.books, process);
    addCalls(this.callsInto, process);
  }

  private closeInto(books: Books, process: ProcessAudit): void {
    for (const one of process.open()) {
      if (one.kind === 'connection') this.addConnection(books, one.connection, process);
      else if (one.kind === 'context') this.addContext(books, one.context, process);
      else {
        const { pid, program } = process;
        books.profiles.addBlindSpot(one.channel, pid, program, this.hintOf(process));
      }
    }
  }

  private readonly closing: Closing = {
    connection: (connection, process) => {
      this.addConnection(this.books, connection, process);
    },
    context: (context, process) => {
      this.addContext(this.books, context, process);
    },
    blindSpot: (channel, process) => {
      const { pid, program } = process;
      this.books.profiles.addBlindSpot(channel, pid, program, this.hintOf(process));
    },
    finding: (judgement, process) => {
      if (!concerns(this.policy, judgement.rule)) return;
      this.find(this.books, [judgement], process, undefined);
    },
    keyLog: (by, process) => {
      const judged = keyLog(`${by.module} read SSLKEYLOGFILE`, by);
      this.find(this.books, [judged], process, undefined);
    },
  };

  private addConnection(books: Books, connection: Connection, process: ProcessAudit): void {
    books.profiles.addConnection(connection, process.program);
    const judged = [
      ...judgeConnection(connection),
      ...judgeSettings(connection, connection.context),
      ...this.judge.connection(connection),
    ];
    this.find(books, judged, process, connection.peer);
  }

  private addContext(books: Books, context: Context, process: ProcessAudit): void {
    if (context.isInherited) return;
    books.profiles.addContext(context, process.program);
    const judged = [...judgeSettings(context), ...this.judge.context(context)];
    this.find(books, judged, process, undefined);
  }

  private find(
    { findings }: Books,
    judged: readonly Judgement[],
    { pid, program }: ProcessAudit,
    peer: string | undefined,
  ): void {
    for (const judgement of judged) findings.add({ ...judgement, pid, program, peer });
  }

  /** A process whose beginning was not told, in a recording that begins in the middle. */
  private process(pid: ProcessId): ProcessAudit {
    let process = this.processes.get(pid);
    if (process === undefined)
      this.processes.set(pid, (process = this.newProcess(pid, '', 'later')));
    return process;
  }

  private newProcess(
    pid: ProcessId,
    program: string,
    watchedFrom: 'beginning' | 'later',
  ): ProcessAudit {
    const ledger = new ProcessLedger(pid, this.numbers, watchedFrom);
    return new ProcessAudit(pid, program, ledger, this.closing);
  }

  private facts(pid: ProcessId): ProgramFacts {
    return (
      this.programs.get(pid) ?? { pid, path: '', how: 'unknown', end: '', succeeded: undefined }
    );
  }

  /** What hints at the library, where one does that has no calls to see. */
  private hintOf({ program }: ProcessAudit): string {
    const names = [...this.modules.values()].map(({ module }) => module);
    if (names.some((name) => name.startsWith('libjvm'))) return 'Java';
    const known = names.find((name) => /rustls|libmbedtls|libwolfssl|libs2n|libbearssl/.test(name));
    return known ?? this.modules.get(program)?.module ?? '';
  }
}

function addCalls(all: Map<string, number>, { callsInto }: ProcessAudit): void {
  for (const [module, calls] of callsInto) all.set(module, (all.get(module) ?? 0) + calls);
}
