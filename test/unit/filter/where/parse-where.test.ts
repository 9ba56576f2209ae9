import fc from 'fast-check';
import { toAddress } from '../../../../src/base/address.js';
import { UserError } from '../../../../src/base/errors.js';
import { toCallId, toProcessId, toThreadId } from '../../../../src/base/ids.js';
import { parseWhere } from '../../../../src/filter/where/parse-where.js';
import type { CallEvent, ReturnEvent } from '../../../../src/trace/event.js';
import type { Argument, Value } from '../../../../src/trace/value.js';

function integer(
  value: number | bigint,
  more: Partial<Extract<Value, { kind: 'integer' }>> = {},
): Value {
  return { kind: 'integer', value, bits: 64, signed: true, style: 'decimal', ...more };
}

function string(text: string): Value {
  return { kind: 'string', bytes: Buffer.from(text), encoding: 'bytes', truncated: false };
}

function call(...args: readonly Argument[]): CallEvent {
  return {
    kind: 'call',
    pid: toProcessId(10),
    tid: toThreadId(11),
    at: 1000,
    call: toCallId(1),
    depth: 0,
    origin: 'call',
    route: 'plt',
    caller: { returnAddress: toAddress(0x401000), module: 'tst', offset: 0x1000 },
    library: 'libc.so.6',
    symbol: 'open',
    inMainProgram: false,
    args,
  };
}

function returned(
  from: CallEvent,
  result: Value = integer(0),
  more: Partial<ReturnEvent> = {},
): ReturnEvent {
  const { pid, tid } = from;
  return {
    kind: 'return',
    pid,
    tid,
    at: 2_501_000,
    call: from,
    result,
    rawResult: 0,
    outArgs: [],
    ...more,
  };
}

const open = call(
  { name: 'path', value: string('/etc/passwd') },
  { name: 'flags', value: integer(123) },
);

describe('the script of a call', () => {
  const native = {
    address: toAddress(0x1000),
    module: 'libc.so.6',
    offset: 0x1000,
  } as const;
  const frame = (name: string, line: number) =>
    ({ language: 'python', function: name, file: '/srv/app.py', line }) as const;
  const onStack = { ...open, backtrace: [native, frame('mark', 7), native, frame('<module>', 9)] };

  it.each([
    ['py.function == "mark"', true],
    ['script.line == 7 && py.file == /srv/app.py', true],
    ['py.function == "<module>"', false],
    ['perl.function == "mark"', false],
  ])('may be known from its stack alone, as a recording may have it: %s', (text, expected) => {
    expect(holds(text, onStack)).toBe(expected);
    expect(holds(text, { ...onStack, backtrace: [native] })).toBe(false);
  });

  it('is what was found for the call, before what is on the stack', () => {
    expect(holds('py.line == 5', { ...onStack, script: [frame('mark', 5)] })).toBe(true);
  });
});

function holds(text: string, event: ReturnEvent | CallEvent): boolean {
  const where = parseWhere(text);
  return event.kind === 'call' ? where.holds(event, undefined) : where.holds(event.call, event);
}

describe('parseWhere', () => {
  it.each([
    ['arg2 == 123', true],
    ['arg2 == 0x7b', true],
    ['arg2 == 0173', true],
    ['arg2 != 123', false],
    ['flags > 100 && flags < 200', true],
    ['flags >= 124 || flags <= 123', true],
    ['arg2 == 123 && retval != 1', true],
    ['arg2 == 123 && !(retval != 1)', false],
    ['path == "/etc/passwd"', true],
    ["arg1 == '/etc/passwd'", true],
    ['arg1 =~ "/etc/*"', true],
    ['arg1 !~ "/etc/*"', false],
    ['arg1 =~ "[!/]*"', false],
    ['retval', false],
    ['!retval', true],
    ['arg2', true],
    ['arg0 == 0', true],
    ['errno == 0', true],
    ['duration > 2ms', true],
    ['duration > 2.5ms', false],
    ['duration == 2500us', true],
    ['duration < 1s', true],
    ['duration > 2499999ns', true],
    ['caller == "tst"', true],
    ['library =~ "libc.so*"', true],
    ['function == "open"', true],
    ['library == libc.so.6', true],
    ['library==libc.so.6&&caller!=ld-linux-x86-64.so.2', true],
    ['(libc.so.6 == library)', true],
    ['library == libc.so', false],
    ['caller == libstdc++.so.6 || function == std::exit', false],
    ['caller == library', false],
    ['py.file == app.py || "tst" == caller', true],
    ['py.function == py.file', false],
    ['tid == 11 && pid == 10', true],
    ['arg3 == 0', false],
    ['arg3 != 0', false],
    ['nosuch == 0', false],
    ['!(nosuch == 0)', true],
    ['arg1 == 5', false],
    ['arg2 == "x"', false],
    ['123 == arg2', true],
    ['toString == 0', false],
    ['arg1 == "a" || arg2 == 123 && arg2 == 124', false],
  ])('%s: %s', (text, expected) => {
    expect(holds(text, returned(open))).toBe(expected);
  });

  it('knows errno by name', () => {
    const failed = returned(open, integer(-1), { errno: 2 });
    expect(holds('errno == ENOENT', failed)).toBe(true);
    expect(holds('errno == EACCES', failed)).toBe(false);
    expect(holds('retval == -1', failed)).toBe(true);
  });

  it('takes -1 for all ones where the type does not say otherwise', () => {
    const words: readonly [Value, boolean][] = [
      [integer(0xffffffff, { style: 'guess' }), true],
      [integer(0xffffffffffffffffn, { signed: false }), true],
      [integer(0xffffffff, { signed: false, bits: 32 }), true],
      [integer(0xffffffff), false],
    ];
    for (const [value, expected] of words) {
      expect(holds('retval == -1', returned(open, value))).toBe(expected);
    }
    expect(holds('retval == 0xffffffffffffffff', returned(open, words[1]?.[0]))).toBe(true);
  });

  it('compares exactly above 2^53', () => {
    const big = returned(open, integer(9007199254740993n));
    expect(holds('retval == 9007199254740993', big)).toBe(true);
    expect(holds('retval == 9007199254740992', big)).toBe(false);
  });

  it('reads pointers, enumerators, flags, characters and descriptors', () => {
    const event = call(
      { value: { kind: 'pointer', address: 0x1000, target: string('text') } },
      { value: { kind: 'enumerator', name: 'TLS1_3_VERSION', value: 772 } },
      { value: { kind: 'flags', names: ['O_RDWR', 'O_CREAT'], rest: 0 }, raw: 66 },
      { value: { kind: 'character', code: 65 } },
      { value: { kind: 'descriptor', value: 3, path: '/etc/passwd' } },
      { value: { kind: 'pointer', address: 0 } },
      { value: { kind: 'redacted', what: 'key' }, raw: 42 },
    );
    for (const text of [
      'arg1 == 0x1000 && arg1 == "text"',
      'arg2 == 772 && arg2 == "TLS1_3_VERSION"',
      'arg3 == 66 && arg3 == "O_CREAT" && arg3 =~ "*CREAT"',
      'arg4 == 65 && arg4 == "A"',
      'arg5 == 3 && arg5 == "/etc/passwd"',
      'arg6 == NULL && !arg6',
      '!(arg7 == 42)',
    ]) {
      expect([text, holds(text, event)]).toEqual([text, true]);
    }
  });

  it('sees arguments that are read at return', () => {
    const event = call({ name: 'a', value: integer(1) });
    const result = returned(event, integer(0), { outArgs: [{ name: 'b', value: integer(2) }] });
    expect(holds('a == 1 && b == 2 && arg2 == 2', result)).toBe(true);
  });

  it('finds what a call lacks false, whatever is said of it', () => {
    expect(holds('retval == 0', open)).toBe(false);
    expect(holds('retval != 0', open)).toBe(false);
    expect(holds('duration > 0', open)).toBe(false);
    expect(holds('arg2 == 123', open)).toBe(true);
  });

  it('decides at entry where it can', () => {
    const atEntry = (text: string): boolean | undefined => parseWhere(text).atEntry(open);
    expect(atEntry('arg2 == 123')).toBe(true);
    expect(atEntry('arg2 == 1')).toBe(false);
    expect(atEntry('retval == 0')).toBeUndefined();
    expect(atEntry('arg2 == 1 && retval == 0')).toBe(false);
    expect(atEntry('arg2 == 123 || retval == 0')).toBe(true);
    expect(atEntry('arg2 == 123 && retval == 0')).toBeUndefined();
    expect(atEntry('!(retval == 0)')).toBeUndefined();
    expect(atEntry('arg9 == 0')).toBeUndefined();
  });

  it.each([
    ['', "--where '': expected a name, a number or a text in quotes at column 1: >>>"],
    ['arg1 = 3', "--where 'arg1 = 3': unexpected '=' (equality is ==) at column 6: arg1 >>>= 3"],
    [
      'arg1 == ',
      "--where 'arg1 == ': expected a name, a number or a text in quotes at column 9: arg1 == >>>",
    ],
    ['(arg1', "--where '(arg1': expected ')' at column 6: (arg1>>>"],
    ['arg1 arg2', "--where 'arg1 arg2': expected && or || at column 6: arg1 >>>arg2"],
    ['arg1 == "x', '--where \'arg1 == "x\': text that does not end at column 9: arg1 == >>>"x'],
    ['arg1 =~ 3', "--where 'arg1 =~ 3': expected a quoted pattern at column 9: arg1 =~ >>>3"],
    ['arg1 =~ "[a"', '--where \'arg1 =~ "[a"\': unmatched \'[\' at column 10: arg1 =~ ">>>[a"'],
    [
      'duration > 3',
      "--where 'duration > 3': a duration needs a unit: ns, us, ms or s at column 12: duration > >>>3",
    ],
    ['arg1 == 3x', "--where 'arg1 == 3x': unexpected 'x' in a number at column 10: arg1 == 3>>>x"],
    ['arg1 == 09', "--where 'arg1 == 09': a digit that is not octal at column 9: arg1 == >>>09"],
  ])('marks the mistake in %j', (text, message) => {
    expect(() => parseWhere(text)).toThrow(new UserError(message));
  });

  it.each([
    ['errno == ENOENTT', "unknown error number 'ENOENTT'; did you mean ENOENT? at column 10"],
    ['EPERMM != errno', "unknown error number 'EPERMM'; did you mean EPERM? at column 1"],
    ['retval == EXYZZY', "unknown error number 'EXYZZY' at column 11"],
    ['errno == "ENOFILE"', "unknown error number 'ENOFILE'; did you mean ENFILE? at column 10"],
    ['strlen(arg1) > 3', "'strlen(' is no condition: there are no functions"],
    ['!(contains (path))', "'contains(' is no condition: there are no functions"],
    ['duratoin > 2ms', "'duratoin' is no duration; did you mean duration? at column 1"],
    ['arg1 < 3s', "'arg1' is no duration at column 1"],
    ['tid == "main"', "'tid' is a number, and no text equals it at column 8"],
    ['duration == "2ms"', "'duration' is a number, and no text equals it at column 13"],
    ['pid =~ "1*"', "'pid' is a number and fits no pattern at column 1"],
    ['"a" =~ "b"', 'a constant has no pattern at column 1'],
    ['function == 5', "'function' is a text, and no number equals it at column 13"],
    ['arg1 && "x"', 'a text alone is no condition: compare it with something at column 9'],
    ['O_CREAT', 'a text alone is no condition: compare it with something at column 1'],
    ['ENOENT == 2', 'both sides are constants: nothing depends on the call at column 1'],
  ])('refuses %j, which can never be what is meant', (text, message) => {
    expect(() => parseWhere(text)).toThrow(message);
  });

  it('takes names without quotes where they can be nothing else', () => {
    const event = returned(
      call(
        { value: { kind: 'enumerator', name: 'TLS1_3_VERSION', value: 772 } },
        { value: { kind: 'enumerator', name: 'SIGINT', value: 2 } },
        { value: { kind: 'character', code: -1 } },
      ),
      integer(-1),
      { errno: 2 },
    );
    for (const text of [
      'arg1 == TLS1_3_VERSION && arg1 != TLS1_2_VERSION',
      'arg2 == SIGINT',
      'arg3 == EOF && retval == EOF',
      'function == open && caller == tst',
      'tst == caller',
      'errno == "ENOENT" && errno != "EPERM"',
    ]) {
      expect([text, holds(text, event)]).toEqual([text, true]);
    }
    expect(holds('function == close', event)).toBe(false);
  });

  it('reads any text at all, or says in one line why not', () => {
    const shard = fc.constantFrom(
      'arg1',
      'retval',
      '==',
      '!=',
      '&&',
      '||',
      '!',
      '(',
      ')',
      '5',
      '"x"',
      '=~',
      '"[a]*"',
      '<',
      'duration',
      '3ms',
      '\\',
      '__proto__',
      '-',
      '0x',
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(shard, { maxLength: 20 }).map((list) => list.join(' ')),
    );
    fc.assert(
      fc.property(text, (expression) => {
        try {
          const where = parseWhere(expression);
          const early = where.atEntry(open);
          // What was decided at entry must hold at the end.
          if (early !== undefined) expect(where.holds(open, returned(open))).toBe(early);
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
          expect((error as UserError).message).not.toContain('\n');
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('bounds its nesting', () => {
    expect(() => parseWhere('('.repeat(100000))).toThrow(UserError);
    expect(() => parseWhere('!'.repeat(100000))).toThrow(UserError);
    expect(parseWhere(Array(20000).fill('arg2').join('&&')).holds(open, undefined)).toBe(true);
  });
});
