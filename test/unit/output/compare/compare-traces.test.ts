import { toAddress } from '../../../../src/base/address.js';
import {
  compareProfiles,
  type TraceComparison,
} from '../../../../src/output/compare/compare-profiles.js';
import {
  renderComparisonJson,
  renderComparisonText,
} from '../../../../src/output/compare/render-comparison.js';
import { MOST_VARIANTS, TraceProfile } from '../../../../src/output/compare/trace-profile.js';
import {
  args,
  array,
  at,
  guess,
  integer,
  pointer,
  Script,
  site,
  struct,
  text,
} from '../sample-events.js';

function compared(
  before: (script: Script) => void,
  after: (script: Script) => void,
): TraceComparison {
  const profile = (pid: number, play: (script: Script) => void) => {
    const script = new Script(pid);
    play(script);
    const made = new TraceProfile();
    for (const event of script.events) made.accept(event);
    return made;
  };
  return compareProfiles(profile(4711, before), profile(5822, after));
}

const shown = (...plays: Parameters<typeof compared>) => renderComparisonText(compared(...plays));

describe('compareProfiles', () => {
  it('finds nothing when only addresses, process ids and the order differ', () => {
    const run = (pid: number, address: number, order: readonly string[]) => (s: Script) => {
      for (const name of order) {
        const values = [
          pointer(address),
          guess(address),
          integer(address, 'hex', 64),
          integer(pid),
          text(`/proc/${pid}/maps at 0x${address.toString(16)}`),
          struct(pointer(address), array([integer(pid)])),
          { kind: 'unreadable', address: toAddress(address), errno: 14 } as const,
        ];
        s.ret(s.call(name, values), pointer(address), { outArgs: args(pointer(address)) });
      }
    };
    const comparison = compared(
      run(4711, 0x7f1200003450, ['a', 'b', 'a']),
      run(5822, 0x7ffc00008880, ['b', 'a', 'a']),
    );
    expect(comparison.differences).toEqual([]);
    expect(comparison.differs).toBe(false);
    expect(renderComparisonText(comparison)).toBe('No differences: 3 -> 3 calls\n');
  });

  it('tells null pointers, small numbers and other ids from what it normalises', () => {
    const run = (value: number) => (s: Script) =>
      s.ret(s.call('f', [pointer(value && 0x5555), guess(value), integer(value)]));
    expect(compared(run(0), run(7)).differs).toBe(true);
    expect(compared(run(1234), run(5678)).differs).toBe(true);
  });

  it('takes out the time of day, uptime, ids from outside and addresses in copied memory', () => {
    const run = (id: number, seconds: number, uptime: number, address: bigint) => (s: Script) => {
      const start = { kind: 'session-started', version: '', command: [], tracingCost: 0 } as const;
      const wallStart = BigInt(seconds) * 1_000_000_000n + 5n;
      const monotonicStart = BigInt(uptime) * 1_000_000_000n;
      s.push({ ...start, ...at(100, 0), wallStart, monotonicStart });
      s.ret(s.call('time'), integer(seconds + 3));
      s.ret(s.call('getppid'), integer(id));
      s.ret(s.call('kill', [integer(id), text(`kill ${id}`)]), integer(0));
      const stamp = struct(integer(seconds + 2), integer(id * 1000));
      const tick = struct(integer(uptime + 2), integer(id * 1000));
      s.ret(s.call('clock_gettime', [stamp, tick]), integer(0));
      const bytes = Buffer.alloc(20, 1);
      bytes.writeBigUInt64LE(address, 8);
      s.ret(
        s.call('memcpy', [{ kind: 'buffer', bytes, length: 20, style: 'hex' }]),
        pointer(Number(address)),
      );
    };
    const before = run(3001, 1_795_000_000, 500, 0x5561_0000_1000n);
    const after = run(4001, 1_796_000_000, 90_000, 0x7f61_0000_2000n);
    expect(shown(before, after)).toBe('No differences: 5 -> 5 calls\n');
    // Other contents, and a pair that is no time, differ still.
    const pair = (first: number) => (s: Script) => {
      s.ret(s.call('f', [struct(integer(first), integer(7))]), integer(0));
    };
    expect(compared(pair(500), pair(501)).differs).toBe(true);
  });

  it('takes the traced program for the same under another name', () => {
    const run = (name: string) => (s: Script) => {
      const module = { kind: 'module-loaded', path: `/bin/${name}`, bias: 0 } as const;
      s.push({ ...module, ...at(100, 0), module: name, isMainProgram: true });
      const caller = { ...site(), module: name };
      s.ret(s.call('puts', [text('x')], { caller }), integer(name.length));
    };
    expect(shown(run('python3'), run('python'))).toBe(
      '~ MAIN->puts  1 call\n    + result 6  0 -> 1\n    - result 7  1 -> 0\n1 function differs; 1 -> 1 calls\n',
    );
  });

  it('finds calls that appeared, vanished or changed', () => {
    const lib = { caller: site(1, 'libssl.so.3', 1) };
    const out = shown(
      (s) => {
        s.ret(s.call('gone'), integer(0));
        s.ret(s.call('SSL_CTX_ctrl', [integer(1)], lib), integer(1));
        s.ret(s.call('puts', [text('a')]), integer(2));
        s.ret(s.call('puts', [text('a')]), integer(2));
        s.ret(s.call('open', [text('f')]), integer(3));
        s.ret(s.call('same', [text('f')]), integer(3));
      },
      (s) => {
        s.ret(s.call('SSL_CTX_ctrl', [integer(1)]), integer(1));
        s.ret(s.call('puts', [text('a')]), integer(2));
        s.ret(s.call('puts', [text('b')]), integer(2));
        s.ret(s.call('puts', [text('b')]), integer(2));
        s.ret(s.call('open', [text('f')]), integer(-1), { errno: 2 });
        s.ret(s.call('same', [text('f')]), integer(3));
      },
    );
    expect(out).toBe(
      '- libssl.so.3->SSL_CTX_ctrl  1 -> 0 calls\n' +
        '+ tst->SSL_CTX_ctrl  0 -> 1 call\n' +
        '- tst->gone  1 -> 0 calls\n' +
        '~ tst->open  1 call\n' +
        '    + result -1 ENOENT  0 -> 1\n' +
        '    - result 3  1 -> 0\n' +
        '~ tst->puts  2 -> 3 calls\n' +
        '    + arguments ("b")  0 -> 2\n' +
        '5 functions differ; 6 -> 6 calls\n',
    );
  });

  it('finds other proportions of the same arguments', () => {
    const run = (first: number, second: number) => (s: Script) => {
      for (let count = 0; count < first; count++) s.ret(s.call('f', [integer(1)]));
      for (let count = 0; count < second; count++) s.ret(s.call('f', [integer(2)]));
    };
    expect(shown(run(3, 1), run(1, 3))).toBe(
      '~ tst->f  4 calls\n    ~ arguments (1)  3 -> 1\n    ~ arguments (2)  1 -> 3\n' +
        '1 function differs; 4 -> 4 calls\n',
    );
  });

  it('notices a call that no longer returns', () => {
    const out = shown(
      (s) => s.ret(s.call('f'), integer(0)),
      (s) => s.abandon(s.call('f'), 'unwound'),
    );
    expect(out).toContain('+ result <unwound>  0 -> 1\n');
  });

  it('gives up on arguments of which there are too many, and says so', () => {
    const run = (start: number) => (s: Script) => {
      for (let count = 0; count <= MOST_VARIANTS; count++) {
        s.ret(s.call('f', [integer(start + count)]), integer(0));
      }
    };
    expect(compared(run(0), run(1)).differs).toBe(false);
    const [difference] = compared(run(0), (s) => s.ret(s.call('f'))).differences;
    expect(difference?.arguments).toBe('too-many');
    expect(shown(run(0), (s) => s.ret(s.call('f')))).toContain('too many different ones');
  });

  it('writes JSON that names every difference', () => {
    const comparison = compared(
      (s) => s.ret(s.call('f', [text('a"')]), integer(0)),
      (s) => s.ret(s.call('f', [text('b')]), integer(0)),
    );
    expect(JSON.parse(renderComparisonJson(comparison))).toEqual({
      format: 'tsltrace-comparison',
      schema: 1,
      differs: true,
      oldCalls: 1,
      newCalls: 1,
      differences: [
        {
          kind: 'changed',
          caller: 'tst',
          function: 'f',
          oldCalls: 1,
          newCalls: 1,
          arguments: [
            { variant: '("a\\"")', old: 1, new: 0 },
            { variant: '("b")', old: 0, new: 1 },
          ],
          results: [],
        },
      ],
    });
  });
});

describe('a profile with readable names', () => {
  it('keeps functions apart that read the same', () => {
    const made = new TraceProfile('demangled');
    const script = new Script(4711);
    for (const name of ['_ZN1AC1Ev', '_ZN1AC2Ev']) script.call(name, []);
    for (const event of script.events) {
      made.accept(event.kind === 'call' ? { ...event, demangled: 'A::A()' } : event);
    }
    expect([...made.functions.values()].map(({ name }) => name)).toEqual(['A::A()', 'A::A()']);
    const other = compareProfiles(made, new TraceProfile('demangled'));
    expect(renderComparisonText(other)).toContain('->A::A()  1 -> 0 calls');
  });
});
