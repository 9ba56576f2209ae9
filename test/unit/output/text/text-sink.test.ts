import { OutputStream } from '../../../../src/output/output-stream.js';
import { TextSink } from '../../../../src/output/text/text-sink.js';
import {
  alignForWidth,
  DEFAULT_TEXT_OPTIONS,
  type TextOptions,
} from '../../../../src/output/text/text-options.js';
import { toAddress } from '../../../../src/base/address.js';
import { toThreadId } from '../../../../src/base/ids.js';
import type { ThreadStateEvent, TraceEvent } from '../../../../src/trace/event.js';
import type { Value } from '../../../../src/trace/value.js';
import {
  args,
  at,
  Collected,
  guess,
  HIDDEN,
  integer,
  pointer,
  Script,
  session,
  site,
  struct,
  text,
  VOID,
} from '../sample-events.js';

function printed(events: readonly TraceEvent[], options: Partial<TextOptions> = {}): string {
  const target = new Collected();
  const sink = new TextSink(new OutputStream(target, 'buffered'), {
    ...DEFAULT_TEXT_OPTIONS,
    ...options,
  });
  for (const event of events) sink.accept(event);
  sink.finish();
  return target.text;
}

function run(play: (script: Script) => void, options: Partial<TextOptions> = {}): string {
  const script = new Script();
  play(script);
  return printed(script.events, options);
}

/** Lines of ltrace, letter by letter. */
describe('TextSink prints what ltrace prints', () => {
  it('a call and its result on one line', () => {
    expect(run((s) => s.ret(s.call('puts', [text('hello world')]), integer(12)))).toBe(
      'puts("hello world")                              = 12\n',
    );
  });

  it('the caller once -e or -l is given', () => {
    const out = run(
      (s) => {
        s.ret(s.call('puts', [text('hello world')]), integer(12));
        const caller = site(0x7f0000001000, 'libtst.so', 0x1000);
        s.ret(s.call('func_g_lib', [integer(1)], { caller }), integer(0));
      },
      { caller: 'show' },
    );
    expect(out).toBe(
      'tst->puts("hello world")                         = 12\n' +
        'libtst.so->func_g_lib(1)                         = 0\n',
    );
  });

  it('an entry in a library with its SONAME, one in the main program bare', () => {
    const out = run((s) => {
      s.ret(s.call('malloc', [integer(100)], { origin: 'function' }), pointer(0x562d59d7d2a0));
      const main = { origin: 'function', library: 'tst', inMainProgram: true } as const;
      s.ret(s.call('local_fn', [integer(1)], main), pointer(0x55d0));
    });
    expect(out).toBe(
      'malloc@libc.so.6(100)                            = 0x562d59d7d2a0\n' +
        'local_fn(1)                                      = 0x55d0\n',
    );
  });

  it('two nested lines for a call that both -e and -x ask for', () => {
    const out = run(
      (s) => {
        const outer = s.call('add', [integer(2), integer(40)]);
        const entry = { origin: 'function', library: 'libtst.so', route: 'entry' } as const;
        s.ret(s.call('add', [integer(2), integer(40)], entry), integer(42));
        s.ret(outer, integer(42));
      },
      { caller: 'show' },
    );
    expect(out).toBe(
      'tst->add(2, 40 <unfinished ...>\n' +
        'add@libtst.so(2, 40)                             = 42\n' +
        '<... add resumed> )                              = 42\n',
    );
  });

  it('system calls with SYS_, nested in library calls', () => {
    const out = run((s) => {
      const values = [integer(1), text('hi\n'), integer(3)];
      const write = s.call('write', values);
      s.syscallReturn(s.syscall('write', 1, values), integer(3));
      s.ret(write, integer(3));
    });
    expect(out).toBe(
      'write(1, "hi\\n", 3 <unfinished ...>\n' +
        'SYS_write(1, "hi\\n", 3)                          = 3\n' +
        '<... write resumed> )                            = 3\n',
    );
  });

  it('a call that exec swallows', () => {
    const out = run((s) => {
      s.abandon(s.call('execl', [pointer(0x55d0), integer(0)]), 'exec');
      s.exec('/bin/true');
      s.killed(11);
    });
    expect(out).toBe(
      'execl(0x55d0, 0 <no return ...>\n--- Called exec() ---\n+++ killed by SIGSEGV +++\n',
    );
  });

  it('a system call that the process does not come back from', () => {
    const out = run((s) => {
      s.syscall('exit_group', 231, [integer(0)]);
      s.exited(0);
    });
    expect(out).toBe('SYS_exit_group(0 <no return ...>\n+++ exited (status 0) +++\n');
  });

  it('signals with their description', () => {
    const out = run((s) => {
      const usr1: Value = { kind: 'enumerator', name: 'SIGUSR1', value: 10 };
      const kill = s.call('kill', [integer(31426), usr1]);
      s.signal(10);
      s.ret(kill, integer(0));
    });
    expect(out).toBe(
      'kill(31426, SIGUSR1 <unfinished ...>\n' +
        '--- SIGUSR1 (User defined signal 1) {si_signo=SIGUSR1, si_code=SI_USER} ---\n' +
        '<... kill resumed> )                             = 0\n',
    );
  });

  it('arguments that are read at return', () => {
    const out = run((s) => {
      s.ret(s.call('v_out2', [integer(1)]), integer(12), { outArgs: args(integer(7), integer(4)) });
      s.ret(s.call('v_none'), integer(0), { outArgs: args(integer(7)) });
      s.ret(s.call('v_hide', [integer(1), HIDDEN, integer(3)]), VOID);
    });
    expect(out).toBe(
      'v_out2(1, 7, 4)                                  = 12\n' +
        'v_none(7)                                        = 0\n' +
        'v_hide(1, 3)                                     = <void>\n',
    );
  });

  it('the comma of resumed lines, which is there if the left part showed something', () => {
    const out = run((s) => {
      const left = s.call('v_out2', [integer(1)]);
      const empty = s.call('asprintf');
      s.ret(empty, integer(3), { outArgs: args(text('X=1'), text('X=%d'), integer(1)) });
      s.ret(left, integer(12), { outArgs: args(integer(7), integer(4)) });
    });
    expect(out).toBe(
      'v_out2(1 <unfinished ...>\n' +
        'asprintf("X=1", "X=%d", 1)                       = 3\n' +
        '<... v_out2 resumed> , 7, 4)                     = 12\n',
    );
    const hidden = run((s) => {
      const left = s.call('asprintf', [HIDDEN]);
      s.signal(10);
      s.ret(left, integer(3), { outArgs: args(text('X=1'), text('X=%d'), integer(1)) });
    });
    expect(hidden.split('\n')[2]).toBe('<... asprintf resumed> "X=1", "X=%d", 1)         = 3');
  });

  it('one space before the = of a line that is too long', () => {
    const long = (s: Script) => s.ret(s.call('free', [pointer(0x55d6a5bfb2b0)]), VOID);
    expect(run(long, { caller: 'show', align: 10 })).toBe('tst->free(0x55d6a5bfb2b0) = <void>\n');
    expect(run(long, { align: 0 })).toBe('free(0x55d6a5bfb2b0) = <void>\n');
    expect(alignForWidth(160)).toBe(100);
    expect(alignForWidth(0)).toBe(50);
  });

  it('nested calls indented', () => {
    const out = run(
      (s) => {
        const lib = { caller: site(0x7f0000001000, 'librec.so', 0x1000) };
        const one = s.call('rec', [integer(4)]);
        const two = s.call('rec2', [integer(3)], lib);
        s.ret(s.call('rec', [integer(2)], lib), integer(2));
        s.ret(two, integer(3));
        s.ret(one, integer(4));
      },
      { caller: 'show', indent: 2 },
    );
    expect(out).toBe(
      'tst->rec(4 <unfinished ...>\n' +
        '  librec.so->rec2(3 <unfinished ...>\n' +
        '    librec.so->rec(2)                            = 2\n' +
        '  <... rec2 resumed> )                           = 3\n' +
        '<... rec resumed> )                              = 4\n',
    );
  });

  it('pid, time and instruction pointer in ltrace’s order', () => {
    const out = run(
      (s) => {
        const call = s.call('malloc', [integer(100)], {
          caller: site(0x5618d844b21d),
          tid: toThreadId(31408),
        });
        s.ret(call, pointer(0x56191405a2b0));
        s.exited(3);
      },
      { pid: 'bracket', time: 'relative', instructionPointer: 'address', duration: 'show' },
    );
    expect(out).toBe(
      '[pid 31408]   0.000000 [0x5618d844b21d] malloc(100) = 0x56191405a2b0 <0.000001>\n' +
        '[pid 100]   0.000002 [0xffffffffffffffff] +++ exited (status 3) +++\n',
    );
  });

  it('a plain pid when the output is a file', () => {
    expect(run((s) => s.exited(0), { pid: 'plain' })).toBe('100 +++ exited (status 0) +++\n');
  });

  it('a pid once a second thread shows something', () => {
    const twoThreads = (pid: 'bracket-if-several' | 'none'): string =>
      run(
        (s) => {
          s.ret(s.call('f', [integer(1)]), integer(2));
          s.ret(s.call('g', [integer(1)], { tid: toThreadId(101) }), integer(2));
          s.exited(0);
        },
        { pid, align: 0 },
      );
    expect(twoThreads('bracket-if-several')).toBe(
      'f(1) = 2\n[pid 101] g(1) = 2\n[pid 100] +++ exited (status 0) +++\n',
    );
    expect(twoThreads('none')).toBe('f(1) = 2\ng(1) = 2\n+++ exited (status 0) +++\n');
  });

  it('backtraces below the completed call', () => {
    const INLINED = [{ name: 'f', source: { file: 'f.h', line: 2, column: 3 } }, { name: 'g' }];
    const backtrace = [
      {
        address: toAddress(0x401182),
        module: 'hinp',
        offset: 0x1182,
        symbol: { name: 'main', offset: 0x3c },
        source: { file: '/home/me/hi.c', line: 3, column: 70 },
      },
      { address: toAddress(0x7f13a6901249), module: 'libc.so.6', offset: 0x2249, inlined: INLINED },
      { address: toAddress(0x10), module: '', offset: 0 },
    ];
    const out = run((s) => s.ret(s.call('free', [integer(0)], { backtrace }), VOID));
    expect(out).toBe(
      'free(0)                                          = <void>\n' +
        ' > hinp(main+0x3c) [401182]\n\t/home/me/hi.c:3:70\n' +
        ' > libc.so.6(f inlined)\n\tf.h:2:3\n > libc.so.6(g inlined)\n > libc.so.6(+0x2249) [7f13a6901249]\n > [10]\n\n',
    );
  });
});

describe('TextSink prints the backtrace of a call that never returns', () => {
  const backtrace = [
    {
      address: toAddress(0x401182),
      module: 'tst',
      offset: 0x1182,
      symbol: { name: '_ZN1a1bEv', demangled: 'a::b()', offset: 0x3c },
      inlined: [{ name: 'c', demangled: 'a::c(int)' }],
    },
  ];
  const FRAMES = ' > tst(c inlined)\n > tst(_ZN1a1bEv+0x3c) [401182]\n\n';

  it.each([
    ['exit', 'no return'],
    ['exec', 'no return'],
    ['unwound', 'unwound'],
    ['detach', 'detached'],
  ] as const)('on its own line: %s', (why, said) => {
    const out = run((s) => s.abandon(s.call('abort', [], { backtrace }), why));
    expect(out).toBe(`abort( <${said} ...>\n${FRAMES}`);
  });

  it('after other lines, too, and for each call that was open', () => {
    const out = run((s) => {
      const outer = s.call('qsort', [], { backtrace });
      const inner = s.call('strlen', [], { backtrace });
      s.signal(11);
      s.abandon(inner, 'exit');
      s.abandon(outer, 'exit');
    });
    expect(out).toBe(
      'qsort( <unfinished ...>\nstrlen( <unfinished ...>\n' +
        '--- SIGSEGV (Segmentation fault) {si_signo=SIGSEGV, si_code=SI_USER} ---\n' +
        `<... strlen no return>\n${FRAMES}<... qsort no return>\n${FRAMES}`,
    );
  });

  it('in readable names with -C', () => {
    const out = run((s) => s.abandon(s.call('abort', [], { backtrace }), 'exit'), {
      names: 'demangled',
    });
    expect(out).toContain(' > tst(a::c(int) inlined)\n > tst(a::b()+0x3c) [401182]\n');
  });
});

describe('TextSink tells what a thread did when it was attached to', () => {
  const said = (state: Omit<ThreadStateEvent, 'kind' | 'pid' | 'tid' | 'at'>): string =>
    printed([{ kind: 'thread-state', ...at(100, 1), ...state }]);

  it('in a word, or with the system call that it waits in', () => {
    expect(said({ doing: { kind: 'running' } })).toBe('--- runs ---\n');
    expect(said({ doing: { kind: 'stopped' } })).toBe('--- is stopped by a signal ---\n');
    expect(said({ doing: { kind: 'waiting' } })).toBe('--- waits in the kernel ---\n');
    const doing = { kind: 'syscall', number: 0, name: 'read', args: args(integer(0)) } as const;
    expect(said({ doing })).toBe('--- waits in SYS_read(0 <unfinished ...> ---\n');
  });

  it('with the traced function that it is in, and its stack', () => {
    const frame = { address: toAddress(0x401182), module: 'tst', offset: 0x1182 };
    const within = ['inner', 'outer'];
    expect(said({ doing: { kind: 'running' }, within, backtrace: [frame] })).toBe(
      '--- runs, in inner ---\n > tst(+0x1182) [401182]\n\n',
    );
  });
});

describe('TextSink', () => {
  it('prints the time of day from the wall clock of the session', () => {
    const exit: TraceEvent = { kind: 'exited', ...at(100, 1_000_000_000), code: 0 };
    const line = (time: TextOptions['time']) => printed([session, exit], { time });
    const local = new Date(1700000001000).toTimeString().slice(0, 8);
    expect(line('clock')).toBe(`${local} +++ exited (status 0) +++\n`);
    expect(line('clock-us')).toBe(`${local}.123456 +++ exited (status 0) +++\n`);
    expect(line('epoch')).toBe('1700000001.123456 +++ exited (status 0) +++\n');
  });

  it('names module and offset of the instruction pointer when asked', () => {
    const out = run((s) => s.signal(35), { instructionPointer: 'module' });
    expect(out).toBe(
      '[0x401182 tst+0x1182] --- SIGRTMIN+1 (Real-time signal 1) {si_signo=SIGRTMIN+1, si_code=SI_USER} ---\n',
    );
  });

  it('keeps two threads apart that share the output', () => {
    const out = run(
      (s) => {
        const a = s.call('sleep', [integer(1)]);
        const b = s.call('sleep', [integer(2)], { tid: toThreadId(101) });
        s.ret(a, integer(0));
        s.ret(b, integer(0));
      },
      { pid: 'bracket', align: 0 },
    );
    expect(out).toBe(
      '[pid 100] sleep(1 <unfinished ...>\n' +
        '[pid 101] sleep(2 <unfinished ...>\n' +
        '[pid 100] <... sleep resumed> ) = 0\n' +
        '[pid 101] <... sleep resumed> ) = 0\n',
    );
  });

  it('shows the return of a forked child with its own pid, not on the parent’s line', () => {
    const out = run(
      (s) => {
        const fork = s.call('fork');
        s.ret(fork, integer(0), at(200, s.now()));
        s.ret(fork, integer(200));
      },
      { pid: 'bracket', align: 0 },
    );
    expect(out).toBe(
      '[pid 100] fork( <unfinished ...>\n[pid 200] <... fork resumed> ) = 0\n' +
        '[pid 100] <... fork resumed> ) = 200\n',
    );
  });

  it('never shows a call that was unwound as returned', () => {
    const out = run((s) => {
      const outer = s.call('outer');
      s.abandon(s.call('longjmp', [pointer(0x10), integer(1)]), 'unwound');
      s.abandon(outer, 'unwound');
      s.abandon(s.call('pause'), 'detach');
    });
    expect(out).toBe(
      'outer( <unfinished ...>\nlongjmp(0x10, 1 <unwound ...>\n<... outer unwound>\n' +
        'pause( <detached ...>\n',
    );
  });

  it('ends an open line when the trace ends', () => {
    expect(run((s) => s.call('pause'))).toBe('pause( <unfinished ...>\n');
  });

  it('shows errors of system calls as programs see them', () => {
    const out = run((s) => s.syscallReturn(s.syscall('open', 2, [integer(1)]), integer(-13), 13));
    expect(out).toBe(
      'SYS_open(1)                                      = -1 EACCES (Permission denied)\n',
    );
  });

  it('shows the errno of library calls when asked', () => {
    const play = (s: Script) => s.ret(s.call('fopen', [text('x')]), pointer(0), { errno: 2 });
    expect(run(play, { align: 0 })).toBe('fopen("x") = nil\n');
    expect(run(play, { align: 0, libraryErrno: 'show' })).toBe(
      'fopen("x") = nil ENOENT (No such file or directory)\n',
    );
  });

  it('prints only calls that failed, or only those that did not', () => {
    const play = (s: Script) => {
      const outer = s.call('outer', [integer(1)]);
      s.ret(s.call('open', [text('x')]), integer(-1), { errno: 2, outArgs: args(integer(5)) });
      s.ret(outer, integer(0));
      s.abandon(s.call('longjmp'), 'unwound');
    };
    expect(run(play, { status: 'failed', align: 0 })).toBe('open("x", 5) = -1\n');
    expect(run(play, { status: 'successful', align: 0 })).toBe('outer(1) = 0\n');
  });

  it('hides signals and exits when asked', () => {
    const play = (s: Script) => {
      s.signal(10);
      s.killed(9);
    };
    expect(run(play, { signals: 'hide' })).toBe('+++ killed by SIGKILL +++\n');
    expect(run(play, { signals: 'hide', exits: 'hide' })).toBe('');
  });

  it('shows demangled names and the name the programmer wrote', () => {
    const play = (s: Script) => {
      s.ret(s.call('_ZN1n1fEi', [], { demangled: 'n::f(int)' }), VOID);
      s.ret(s.call('SSL_CTX_ctrl', [], { shownAs: 'SSL_CTX_set_mode' }), VOID);
    };
    expect(run(play, { names: 'demangled', align: 0 })).toBe(
      'n::f(int)() = <void>\nSSL_CTX_set_mode() = <void>\n',
    );
    expect(run(play, { align: 0 })).toMatch(/^_ZN1n1fEi\(\)/);
  });

  it('escapes every name that the tracee controls', () => {
    const out = run(
      (s) => {
        const evil = '\x1b]0;owned\x07\n';
        const target = pointer(1, { symbol: { module: evil, name: evil, offset: 0 } });
        const call = s.call(evil, [target], {
          caller: site(1, `${evil}\u009b2J`, 0),
          demangled: evil,
          backtrace: [
            { address: toAddress(1), module: evil, offset: 0, inlined: [{ name: evil }] },
          ],
        });
        s.ret(call, { kind: 'descriptor', value: 3, path: '/tmp/a>\x1b[2J' });
        s.push({ kind: 'notice', ...at(1, 1), severity: 'warning', text: evil });
      },
      { caller: 'show', instructionPointer: 'module' },
    );
    expect(out.replace(/[\n\t]/g, '')).not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
    expect(out).toContain('3</tmp/a\\076\\033[2J>');
    expect(out.split('\n').filter((line) => line.includes('owned')).length).toBe(4);
  });

  it('says at the end what was not seen', () => {
    const out = printed([
      { kind: 'notice', ...at(1, 1), severity: 'info', text: 'reading debug information' },
      {
        kind: 'coverage',
        ...at(1, 1),
        calls: 0,
        stops: 0,
        modules: [
          { module: 'a', path: '/a', placed: 2, refused: [{ symbol: 'f', reason: 'too short' }] },
          { module: 'b', path: '/b', placed: 0, refused: [], unreadable: 'packed' },
        ],
        unmatchedRules: [
          { rule: 'foo@bar', reason: { kind: 'told', text: 'it is not there' } },
          { rule: 'a', filter: 'calls', reason: { kind: 'too-late' } },
          { rule: 'b', filter: 'calls', reason: { kind: 'too-late' } },
          { rule: 'c', filter: 'calls', reason: { kind: 'too-late' } },
        ],
      },
    ]);
    expect(out).toBe(
      'tsltrace: reading debug information\n' +
        "tsltrace: the filter rule 'foo@bar' matched nothing: it is not there\n" +
        "tsltrace: the filter rules 'a', 'b' and 1 more matched nothing: the process ended before its breakpoints were placed\n" +
        'tsltrace: a: one function cannot be traced: f: too short\n' +
        'tsltrace: b: nothing in it can be traced: packed\n',
    );
  });

  it('asks for no reasons that it does not show', () => {
    const coverage = {
      kind: 'coverage' as const,
      ...at(1, 1),
      calls: 0,
      stops: 0,
      modules: [],
      get unmatchedRules(): never {
        throw new Error('asked');
      },
    };
    expect(run((s) => s.push(coverage), { notices: 'hide' })).toBe('');
    expect(() => run((s) => s.push(coverage))).toThrow('asked');
  });

  it('aligns coloured lines like plain ones', () => {
    const play = (s: Script) => {
      s.ret(s.call('puts', [text('x'), guess(0x12345)]), struct(integer(1)));
      s.signal(10);
    };
    const colors = run(play, { color: 'always' });
    expect(colors.replace(/\x1b\[\d*m/g, '')).toBe(run(play));
    expect(colors).toContain('\x1b[1mputs\x1b[0m(');
  });

  it('counts characters, not bytes', () => {
    const bytes = Buffer.from('äö');
    const wide: Value = { kind: 'string', bytes, encoding: 'wide', truncated: false };
    const play = (s: Script) => s.ret(s.call('w', [wide]), VOID);
    expect(run(play, { align: 12 })).toBe('w("äö")    = <void>\n');
  });
});
