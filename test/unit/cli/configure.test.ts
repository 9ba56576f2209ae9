import type { TextFormat } from '../../../src/output/formats.js';
import { UserError } from '../../../src/base/errors.js';
import { configure } from '../../../src/cli/configure.js';
import type { RunRequest, TraceRequest } from '../../../src/cli/run-request.js';
import type { Surroundings } from '../../../src/cli/surroundings.js';
import { prototypeFiles } from '../../../src/prototype/prototype-files.js';
import type { ModuleIdentity } from '../../../src/filter/symbol-filter.js';

const around: Surroundings = {
  environment: ['PATH=/usr/bin:/bin', 'HOME=/root'],
  isTerminal: () => false,
  windowColumns: () => 0,
  effectiveUserId: 0,
  users: () => ({
    passwd: 'root:x:0:0::/root:/bin/sh\nme:x:1000:1001:Me:/home/me:/bin/sh\nbroken\n',
    group: 'root:x:0:\nme:x:1001:\nwheel:x:10:you,me\nother:x:11:you\n',
  }),
  realPath: (path) => path,
  prototypeFiles: prototypeFiles(() => undefined),
  version: '1.2.3',
};

const terminal: Surroundings = { ...around, isTerminal: () => true, windowColumns: () => 120 };

function trace(words: readonly string[], where = around): TraceRequest {
  const request = configure(words, where);
  if (request.kind !== 'trace') throw new Error(`it is a ${request.kind}`);
  return request;
}

function textOptions(words: readonly string[], where = around) {
  const { format } = trace([...words, 'true'], where).output;
  if (format.name !== 'text') throw new Error(`it is ${format.name}`);
  return format.options as TextFormat['options'];
}

function refusal(words: readonly string[], where = around): string {
  try {
    configure(words, where);
  } catch (error) {
    if (error instanceof UserError) return `${error.status}: ${error.message}`;
    throw error;
  }
  return 'none';
}

const main: ModuleIdentity = { name: 'tst', path: '/tst', isMainProgram: true };
const libc: ModuleIdentity = { name: 'libc.so.6', path: '/lib/libc.so.6', isMainProgram: false };

describe('what is traced', () => {
  it('is what the program calls, unless a filter says otherwise', () => {
    const filters = trace(['true']).engine;
    expect(filters.calls).toHaveLength(1);
    expect(filters.calls[0]?.judge({ symbol: { name: 'f' }, caller: main })).toBe('yes');
    expect(filters.calls[0]?.judge({ symbol: { name: 'f' }, caller: libc })).toBe('no');
  });

  it.each([
    [['-e', 'malloc'], ['malloc'], [], []],
    [['-l', 'libz*'], [], ['libz*'], []],
    [['-l', 'libz*', '-e', 'f'], ['f'], ['libz*'], []],
    [['-x', 'f'], ['@MAIN-__cxa_finalize'], [], ['f']],
    [['-L', '-x', 'f'], [], [], ['f']],
    [['-L'], [], [], []],
    [['-L', '-l', 'libz*'], [], ['libz*'], []],
    [['-e', '', '-e', 'f'], ['', 'f'], [], []],
  ])('by %j', (words, calls, libraries, functions) => {
    const filters = trace([...words, 'true']).engine;
    expect(filters.calls.map(({ text }) => text)).toEqual(calls);
    expect(filters.libraries.map(({ text }) => text)).toEqual(libraries);
    expect(filters.functions.map(({ text }) => text)).toEqual(functions);
  });

  it('names callers once -e or -l is given', () => {
    expect(textOptions([]).caller).toBe('hide');
    expect(textOptions(['-x', 'f']).caller).toBe('hide');
    expect(textOptions(['-L']).caller).toBe('hide');
    expect(textOptions(['-e', 'f']).caller).toBe('show');
    expect(textOptions(['-l', 'libc*']).caller).toBe('show');
  });

  it('are system calls where asked for', () => {
    const selected = (...words: readonly string[]): string => {
      const policy = trace([...words, 'true']).engine.syscalls;
      return policy.kind === 'none'
        ? 'none'
        : ['read', 'open'].filter((n) => policy.selects(n)).join();
    };
    expect(selected()).toBe('none');
    expect(selected('-S')).toBe('read,open');
    expect(selected('--syscalls', '%file')).toBe('open');
    expect(selected('-S', '--syscalls=read')).toBe('read');
  });

  it('are calls that fit --where; a number there is the depth of backtraces', () => {
    expect(trace(['--where', 'arg1 == 1', '--where=retval', 'true']).where).toHaveLength(2);
    expect(trace(['--where=5', 'true'])).toMatchObject({
      engine: { backtraceFrames: 5 },
      where: [],
    });
    expect(trace(['-w', '7', 'true']).engine.backtraceFrames).toBe(7);
    expect(trace(['true']).engine.backtraceFrames).toBe(0);
  });
});

describe('which processes', () => {
  it('is the command, found in PATH, with its words as they are', () => {
    expect(trace(['-f', 'true', '-c', '']).engine.targets).toEqual([
      {
        kind: 'launch',
        spec: {
          program: '/usr/bin/true',
          argv: ['true', '-c', ''],
          environment: around.environment,
        },
      },
    ]);
  });

  it('are those of -p too, each once', () => {
    const { targets } = trace(['-p', '1,2', '-p', '3 2', '-p0x10', 'true']).engine;
    expect(targets.slice(1)).toEqual([1, 2, 3, 16].map((pid) => ({ kind: 'attach', pid })));
  });

  it('runs as -u says', () => {
    const [target] = trace(['-u', 'me', 'true']).engine.targets;
    expect(target).toMatchObject({
      spec: { identity: { uid: 1000, gid: 1001, groups: [1001, 10] } },
    });
    expect(trace(['-u', '1000', 'true']).engine.targets[0]).toMatchObject({
      spec: { identity: { uid: 1000 } },
    });
    expect(refusal(['-u', 'nobody-here', 'true'])).toMatch(/^failed: -u: cannot find user/);
    expect(refusal(['-u', 'broken', 'true'])).toMatch(/cannot find user/);
    expect(refusal(['-u', 'me', 'true'], { ...around, effectiveUserId: 5 })).toMatch(/only root/);
    expect(refusal(['-u', 'me', '-p', '1'])).toMatch(/^usage: -u needs a command/);
  });

  it('are followed as told', () => {
    expect(trace(['true']).engine.follow.kind).toBe('none');
    expect(trace(['-f', 'true']).engine.follow.kind).toBe('all');
    const { follow } = trace(['--follow-only', 'gcc,python3*', 'true']).engine;
    if (follow.kind !== 'programs') throw new Error(follow.kind);
    expect(['gcc', '/usr/bin/python3.11', 'cc1'].map((name) => follow.matches(name))).toEqual([
      true,
      true,
      false,
    ]);
    expect(refusal(['--follow-only', 'a,[b', 'true'])).toMatch(
      /unmatched '\[' at column 3: a,>>>\[b/,
    );
  });

  it.each([
    ['1000', { kind: 'calls', calls: 1000 }],
    ['5s', { kind: 'time', milliseconds: 5000 }],
    ['0.5s', { kind: 'time', milliseconds: 500 }],
    ['200ms', { kind: 'time', milliseconds: 200 }],
  ])('are left after %s', (text, limit) => {
    expect(trace(['--detach-after', text, 'true']).engine.detachLimit).toEqual(limit);
  });

  it.each(['0', '0s', '-1', 'x', '5m', '1e9s', '99999999999s', ''])(
    'are not left after %j',
    (text) => {
      expect(refusal(['--detach-after', text, 'true'])).toMatch(/^usage: --detach-after/);
    },
  );
});

describe('how it reads', () => {
  it('is as ltrace prints, without options', () => {
    expect(textOptions([])).toMatchObject({
      align: 50,
      indent: 0,
      pid: 'bracket-if-several',
      time: 'none',
      instructionPointer: 'none',
      duration: 'hide',
      signals: 'show',
      exits: 'show',
      names: 'mangled',
      status: 'all',
      color: 'never',
    });
    expect(trace(['true']).limits).toEqual({
      stringBytes: 32,
      arrayElements: 4,
      showSecrets: false,
      descriptorPaths: false,
    });
  });

  it('aligns by the width of the terminal', () => {
    const columns = (value: string): Surroundings => ({
      ...terminal,
      environment: [`COLUMNS=${value}`, 'PATH=/bin'],
    });
    expect(textOptions([], terminal).align).toBe(75);
    expect(textOptions([], columns('160')).align).toBe(100);
    expect(textOptions([], columns('abc')).align).toBe(75);
    expect(textOptions([], columns('0')).align).toBe(75);
    expect(textOptions(['-a', '0'], terminal).align).toBe(0);
  });

  it.each([
    [['-t'], 'clock'],
    [['-tt'], 'clock-us'],
    [['-ttt'], 'epoch'],
    [['-ttttt'], 'epoch'],
    [['-r'], 'relative'],
  ])('shows the time by %j', (words, time) => {
    expect(textOptions(words).time).toBe(time);
  });

  it.each([
    [[], 'bracket-if-several'],
    [['-f'], 'bracket'],
    [['-p', '1'], 'bracket'],
    [['-o', 'x'], 'plain-if-several'],
    [['-o', 'x', '-f'], 'plain'],
    [['-o', 'x', '-p', '1'], 'plain'],
    [['--follow-only', 'x'], 'bracket'],
  ])('shows process ids by %j', (words, pid) => {
    expect(textOptions(words).pid).toBe(pid);
  });

  it('has no process id for one process that is attached to, as long as one thread is seen', () => {
    const { format } = trace(['-p', '1']).output;
    expect(format).toMatchObject({ options: { pid: 'bracket-if-several' } });
  });

  it('has colours on a terminal alone', () => {
    const withVariable = (variable: string): Surroundings => ({
      ...terminal,
      environment: ['PATH=/bin', variable],
    });
    expect(textOptions([], terminal).color).toBe('always');
    expect(textOptions([]).color).toBe('never');
    expect(textOptions(['-o', 'x'], terminal).color).toBe('never');
    expect(textOptions([], withVariable('NO_COLOR=1')).color).toBe('never');
    expect(textOptions([], withVariable('NO_COLOR=')).color).toBe('always');
    expect(textOptions([], withVariable('TERM=dumb')).color).toBe('never');
    expect(textOptions(['--color'], withVariable('NO_COLOR=1')).color).toBe('always');
    expect(textOptions(['--color=never'], terminal).color).toBe('never');
  });

  it('goes where -o says', () => {
    const destination = (...words: readonly string[]) =>
      trace([...words, 'true']).output.destination;
    expect(destination()).toMatchObject({ kind: 'descriptor', descriptor: 2 });
    expect(destination('-o', 'x')).toEqual({ kind: 'file', path: 'x' });
    expect(destination('-o', 'x.%p')).toEqual({ kind: 'file-per-process', path: 'x.%p' });
    expect(destination('-ff', '-ox')).toEqual({ kind: 'file-per-process', path: 'x' });
    expect(destination('-o', '|gzip -c')).toEqual({ kind: 'command', command: 'gzip -c' });
  });

  it('is json, chrome or figures where asked for', () => {
    const kind = (...words: readonly string[]) => trace([...words, 'true']).output.format.name;
    expect(kind('--format', 'json')).toBe('json');
    expect(kind('--format', 'chrome')).toBe('chrome');
    expect(kind('-o', 'a.ndjson')).toBe('json');
    expect(kind('-o', 'a.ndjson.gz')).toBe('json');
    expect(kind('-o', 'a.ndjson', '--format', 'text')).toBe('text');
    expect(kind('-c')).toBe('summary');
    expect(kind('--sort', 'calls')).toBe('summary');
    expect(kind('--cpu-time')).toBe('text');
  });

  it('counts as told', () => {
    const { format } = trace(
      [
        '-c',
        '--sort=p95',
        '--group-by=caller',
        '--summary-format=csv',
        '--interval',
        '0.5',
        '-C',
        '--cpu-time',
        'true',
      ],
      terminal,
    ).output;
    expect(format).toMatchObject({
      name: 'summary',
      options: {
        sort: 'p95',
        groupBy: 'caller',
        form: 'csv',
        clock: 'cpu',
        names: 'demangled',
        interval: 0.5,
        width: 120,
      },
    });
  });

  it('is quiet when told', () => {
    expect(trace(['--quiet', 'true']).output.notices).toBe('hide');
    expect(textOptions(['--quiet']).exits).toBe('hide');
  });
});

describe('requests that trace nothing', () => {
  const kind = (...words: readonly string[]): RunRequest => configure(words, around);

  it('print', () => {
    expect(kind('-V')).toEqual({ kind: 'print', text: 'tsltrace 1.2.3\n' });
    expect(kind('--help')).toMatchObject({
      text: expect.stringContaining('Usage: tsltrace') as string,
    });
    expect(kind('-Dhelp')).toMatchObject({
      text: expect.stringMatching(/\n {3}4 {2}sites\n/) as string,
    });
    expect(kind('--completion', 'zsh')).toMatchObject({ kind: 'print' });
  });

  it('list', () => {
    expect(kind('--list', '-e', 'f', 'true')).toMatchObject({
      kind: 'list',
      target: { kind: 'launch', spec: { program: '/usr/bin/true' } },
    });
    expect(refusal(['--list', '-p', '1,2'])).toBe(
      'usage: --list looks at one command, or one process with -p',
    );
  });

  it('read', () => {
    expect(kind('--read', 'x')).toMatchObject({ kind: 'read', path: 'x', filters: 'everything' });
    expect(kind('--read', 'x')).toMatchObject({ syscalls: { kind: 'some' } });
    expect(kind('--read', 'x', '-e', 'f')).toMatchObject({
      filters: { calls: [{ text: 'f' }] },
      syscalls: { kind: 'none' },
    });
    expect(refusal(['--read', 'x', 'true'])).toMatch(/^usage: --read takes neither/);
  });

  it('compare', () => {
    expect(kind('--compare', 'a', 'b')).toMatchObject({
      kind: 'compare',
      before: 'a',
      after: 'b',
      format: 'text',
    });
    expect(kind('--compare', '--format=json', 'a', 'b')).toMatchObject({ format: 'json' });
    expect(refusal(['--compare', 'a'])).toMatch(/^usage: --compare needs two/);
    expect(refusal(['--compare', '-c', 'a', 'b'])).toMatch(/^usage: --compare writes/);
  });
});

describe('debug channels', () => {
  it.each([
    [
      ['-D', '77'],
      ['engine', 'modules', 'sites', 'signals', 'prototypes', 'kernel'],
    ],
    [['--debug'], ['engine', 'modules', 'sites', 'signals', 'prototypes', 'kernel']],
    [
      ['-D', '5'],
      ['engine', 'sites'],
    ],
    [
      ['-D', 'kernel,engine', '-D', 'kernel'],
      ['kernel', 'engine'],
    ],
    [['-D0'], []],
    [[], []],
  ])('by %j', (words, channels) => {
    expect(trace([...words, 'true']).debug).toEqual(channels);
  });
});

describe('what is refused', () => {
  it.each([
    [[], /^usage: nothing to trace/],
    [['-f'], /^usage: nothing to trace/],
    [['-p', 'x', 'true'], /^usage: -p: 'x' is not a process id/],
    [['-p', '1,', 'true'], /^usage: -p: '' is not/],
    [['-p', '0'], /^usage: -p/],
    [['-p', '-5'], /^usage: -p/],
    [['-L', '-e', 'f', 'true'], /^usage: -L can't be used with -e/],
    [['-r', '-t', 'true'], /^usage: -r and -t/],
    [['-z', '-Z', 'true'], /^usage: -z and -Z/],
    [['-c', '--format=json', 'true'], /^usage: -c and --format json/],
    [['--interval', '0', 'true'], /^usage: --interval/],
    [['--read', 'x', '--list'], /^usage: --list and --read exclude/],
    [['-e', 'a[b', 'nosuchprogram'], /^usage: -e 'a\[b'/],
    [['--where', 'x ==', 'true'], /^usage: --where/],
    [['--where=0', 'true'], /^usage: -w: '0'/],
    [['--syscalls', 'nosuch', 'true'], /^usage: --syscalls/],
    [['-D', '99', 'true'], /^usage: -D: '99'/],
    [['-o', '', 'true'], /^usage: -o needs/],
    [['nosuchprogram'], /^not-found: nosuchprogram: command not found/],
  ])('%j', (words, message) => {
    expect(refusal(words)).toMatch(message);
  });
});
