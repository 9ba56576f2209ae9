import { i386CallAbi, i386SyscallAbi } from '../../../src/arch/i386/call-abi.js';
import { x86_64CallAbi, x86_64SyscallAbi } from '../../../src/arch/x86_64/call-abi.js';
import { FXSAVE } from '../../../src/arch/x86_64/register-block.js';
import { captureNothing, compileCapture } from '../../../src/lens/capture.js';
import { formatArguments, formatValue } from '../../../src/output/text/format-value.js';
import { PLAIN_LOOK } from '../../../src/output/text/look.js';
import {
  FakeCall,
  LIMITS,
  shownArguments,
  shownArguments32,
  shownResult,
  TracedCall,
} from '../../support/fake-call.js';

describe('compileCapture without a prototype', () => {
  it('guesses the first four words', () => {
    const call = new FakeCall().args(1, -1, 10001, 0x7fb0e82dfa10);
    const capture = compileCapture(undefined, x86_64CallAbi, LIMITS);
    const { args } = capture.enter(call);
    expect(formatArguments(args, PLAIN_LOOK)).toBe('1, -1, 0x2711, 0x7fb0e82dfa10');
    expect(args.map(({ raw }) => raw)).toEqual([1, 0xffffffffffffffffn, 10001, 0x7fb0e82dfa10]);
    call.register('rax', 0x3ffc000000000000n);
    const { result, rawResult, outArgs } = capture.leave(call, { args });
    expect(formatValue(result, PLAIN_LOOK)).toBe('0x3ffc000000000000');
    expect([rawResult, outArgs]).toEqual([0x3ffc000000000000n, []]);
    expect([call.reads, call.floatReads]).toEqual([0, 0]);
  });

  it('reads an i386 stack at once', () => {
    const call = new FakeCall().words(1, -1, 0x2711, 0);
    const capture = compileCapture(undefined, i386CallAbi, LIMITS);
    const { args } = capture.enter(call);
    expect(formatArguments(args, PLAIN_LOOK)).toBe('1, -1, 0x2711, 0');
    expect(call.reads).toBe(1);
    call.register('rax', 0xdead0000ffffffffn);
    expect(capture.leave(call, { args })).toMatchObject({
      result: { value: -1 },
      rawResult: 0xffffffff,
    });
  });

  it('looks at nothing when only counting', () => {
    const call = new FakeCall();
    const entered = captureNothing.enter(call);
    expect(entered.args).toEqual([]);
    expect(captureNothing.leave(call, entered).outArgs).toEqual([]);
  });
});

describe('scalars', () => {
  it.each<[string, number | bigint, string]>([
    ['int', -5, '-5'],
    ['int', 0xffffffffn, '-1'],
    ['uint', -1, '4294967295'],
    ['short', 0x1ffff, '-1'],
    ['ushort', 0x1ffff, '65535'],
    ['long', -1, '-1'],
    ['long', -(2n ** 63n), '-9223372036854775808'],
    ['ulong', -1, '18446744073709551615'],
    ['unsigned char', 0x141, '65'],
    ['char', 0x141, "'A'"],
    ['char', 0, "'\\0'"],
    ['char', 255, "'\\377'"],
    ['char(int)', 65, "'A'"],
    ['dec(char)', 65, '65'],
    ['network(ushort)', 0x5111, '4433'],
    ['enum[code](SIG_DFL=0, SIG_IGN=1)', 1, 'SIG_IGN'],
    ['enum[addr](RTLD_DEFAULT=0, RTLD_NEXT=-1)', -1, 'RTLD_NEXT'],
    ['enum[addr](RTLD_DEFAULT=0, RTLD_NEXT=-1)', 0x1000, '0x1000'],
    ['network(int)', 0xfeffffff, '-2'],
    ['hex(int)', 255, '0xff'],
    ['hex(int)', 0, '0'],
    ['hex(int)', -1, '0xffffffff'],
    ['hex(short)', -1, '0xffff'],
    ['octal', 8, '010'],
    ['oct(uint)', 0, '00'],
    ['mode_t', 0o644, '0644'],
    ['bool', 0x100, 'false'],
    ['bool(int)', 7, 'true'],
    ['guess(int)', 10001, '0x2711'],
    ['enum(A,B=7,C)', 8, 'C'],
    ['enum(A,B=7,C)', -2, '-2'],
    ['enum(A=0xffffffff)', -1, 'A'],
    ['enum[ulong](BIG=0xffffffffffffffff)', -1, 'BIG'],
    ['enum[short](X,Y)', 0x10001, 'Y'],
    ['bitvec(uint)', 0x123, '<0-1,5,8>'],
    ['bitvec(uint)', 0, '<>'],
    ['bitvec(uint)', 0xfffffffen, '~<0>'],
    ['flags(A=1,B=2,C=4)', 5, 'A|C'],
    ['flags(A=1,B=2)', 0x41, 'A|0x40'],
    ['flags(RD=0/3, WR=1/3, RW=2/3, CREAT=0x40)', 0x40, 'RD|CREAT'],
    ['flags(RD=0/3, WR=1/3, RW=2/3, CREAT=0x40)', 0x42, 'RW|CREAT'],
    ['flags(DSYNC=0x1000, SYNC=0x101000)', 0x101000, 'SYNC'],
    ['flags(DSYNC=0x1000, SYNC=0x101000)', 0x1000, 'DSYNC'],
    ['flags(NONE=0, A=1)', 0, 'NONE'],
    ['flags(NONE=0, A=1)', 1, 'A'],
    ['flags[ulong](TOP=0x8000000000000000)', 1n << 63n, 'TOP'],
    ['addr', 0, 'nil'],
    ['addr', 0x1234, '0x1234'],
    ['addr', -1, '0xffffffffffffffff'],
    ['code', 0x4000, 'libc.so.6:free'],
    ['code', 0x4001, '0x4001'],
    ['fd', 3, '3'],
    ['secret(string)', 1, '<redacted secret>'],
    ['secret(string)', 0, 'nil'],
    ['url(string)', 0, 'nil'],
    ['secret(buffer(4))', 0, 'nil'],
    ['secret(array(char, 4))', 0, 'nil'],
    ['secret(addr)', -1, '<redacted secret>'],
    ['secret(int)', 0, '<redacted secret>'],
    ['hide(int)', 1, ''],
  ])('shows %s %d as %s', (type, word, shown) => {
    expect(shownArguments(`void f(${type});`, new FakeCall().args(word))).toBe(shown);
  });

  it('reads floating arguments from their own registers, and only then', () => {
    const call = new FakeCall().args(7).double(0, -2.25).float(1, 0.5);
    expect(shownArguments('void f(double, int, float);', call)).toBe('-2.250000, 7, 0.500000');
    expect(call.floatReads).toBe(1);
    expect(shownArguments('void f(hex(double));', new FakeCall().double(0, 1.5))).toBe('0x1.8p+0');
  });

  it('reads long double from the stack and the x87 stack', () => {
    const call = new FakeCall();
    // 1.5 and -2^-16445, the smallest of all.
    call.stack.setBigUint64(8 + 8, 0xc000000000000000n, true);
    call.stack.setUint16(16 + 8, 0x3fff, true);
    expect(shownArguments('void f(int, long double);', call.args(1))).toMatch(/^\d+, /);
    const aligned = new FakeCall().args(1);
    aligned.stack.setBigUint64(8, 0xc000000000000000n, true);
    aligned.stack.setUint16(16, 0x3fff, true);
    expect(shownArguments('void f(int, long double);', aligned)).toBe('1, 1.500000');
    aligned.floats.setBigUint64(FXSAVE.st0, 0xc000000000000000n, true);
    aligned.floats.setUint16(FXSAVE.st0 + 8, 0xbfff, true);
    expect(shownResult('long double f();', aligned)).toBe(' = -1.500000');
  });

  it('keeps the word that carried an argument', () => {
    const traced = new TracedCall(
      'void f(int a, addr b, double c);',
      new FakeCall().args(-1, 0x1234),
    );
    traced.enter();
    expect(traced.entered?.args.map(({ name, raw }) => [name, raw])).toEqual([
      ['a', 0xffffffffffffffffn],
      ['b', 0x1234],
      ['c', undefined],
    ]);
  });

  it('takes the seventh argument from the stack', () => {
    const call = new FakeCall().args(1, 2, 3, 4, 5, 6, 7, -8);
    expect(shownArguments('void f(int,int,int,int,int,int,char*,int);', call)).toBe(
      '1, 2, 3, 4, 5, 6, 0x7, -8',
    );
  });

  it('shows descriptors with their paths when asked to', () => {
    const text = shownArguments('void f(fd, fd);', new FakeCall().args(3, 4), {
      descriptorPaths: true,
    });
    expect(text).toContain('/etc/hosts');
    expect(text).toContain(', 4');
  });
});

describe('strings', () => {
  it('reads up to the NUL in one read', () => {
    const call = new FakeCall();
    call.args(call.text('hello'));
    expect(shownArguments('void f(string);', call)).toBe('"hello"');
    expect(call.reads).toBe(1);
  });

  it('reads several in one read, whatever the others are', () => {
    const shown = (addresses: readonly number[], call: FakeCall): unknown => {
      const types = addresses.map(() => 'string').join(', ');
      return [shownArguments(`void f(${types});`, call.args(...addresses)), call.reads];
    };
    const some = new FakeCall();
    const [one, other, long] = ['one', '', 'x'.repeat(40)].map((text) => some.text(text));
    const addresses = [one ?? 0, 0, other ?? 0, long ?? 0, one ?? 0];
    expect(shown(addresses, some)).toEqual([`"one", nil, "", "${'x'.repeat(32)}"..., "one"`, 1]);
    // Those behind one that cannot be read are read one by one.
    const broken = new FakeCall();
    const [first, last] = ['first', 'last'].map((text) => broken.text(text));
    expect(shown([first ?? 0, 0x1000, last ?? 0], broken)).toEqual(['"first", 0x1000, "last"', 3]);
  });

  it('reads on where a page ends, and no further than what is mapped', () => {
    const call = new FakeCall();
    call.memory.map(0x7000, Buffer.from(`${'.'.repeat(4091)}hello, world\0`, 'latin1'));
    call.memory.map(0x9ffc, Buffer.from('ends', 'latin1'));
    call.args(0x7000 + 4091, 0x9ffc, 0x7000 + 4096);
    expect(shownArguments('void f(string, full(string), string);', call)).toBe(
      '"hello, world", "ends"..., ", world"',
    );
  });

  it('does not read a secret beside other texts', () => {
    const call = new FakeCall();
    const text = call.text('name');
    call.args(text, 0x6661, text);
    expect(shownArguments('void f(string, secret(string) key, string);', call)).toBe(
      '"name", <redacted key>, "name"',
    );
    expect(call.reads).toBe(1);
  });

  it('cuts at the limit, and only what is longer', () => {
    const shown = (text: string, stringBytes: number): string => {
      const call = new FakeCall();
      return shownArguments('void f(string);', call.args(call.text(text)), { stringBytes });
    };
    expect(shown('abcd', 4)).toBe('"abcd"');
    expect(shown('abcde', 4)).toBe('"abcd"...');
    expect(shown('', 0)).toBe('""');
    expect(shown('a', 0)).toBe('""...');
    const long = 'x'.repeat(200000);
    expect(shown(long, 1000000)).toBe(`"${long}"`);
  });

  it('shows what deserves it in full, whatever the limit', () => {
    const name = `/${'d'.repeat(3000)}`;
    const call = new FakeCall();
    call.args(call.text(name));
    expect(shownArguments('int f(full(string));', call)).toBe(`"${name}"`);
    const endless = new FakeCall();
    endless.args(endless.text('x'.repeat(9000)));
    expect(shownArguments('int f(full(string));', endless)).toBe(`"${'x'.repeat(4096)}"...`);
  });

  it('says nil for null and the address for what cannot be read', () => {
    expect(shownArguments('void f(string, string, string);', new FakeCall().args(0, 1, -1))).toBe(
      'nil, 0x1, 0xffffffffffffffff',
    );
  });

  it('shows what is readable of a string that runs into unmapped memory', () => {
    const call = new FakeCall();
    call.args(call.put('abc'));
    expect(shownArguments('void f(string);', call)).toBe('"abc"...');
  });

  it('knows lengths', () => {
    const call = new FakeCall();
    const address = call.put('ab\0defgh');
    call.args(address, 5, address, address, address, 2);
    const declaration =
      'void f(string(array(char, arg2)*), int, string[arg2], string[arg6], string(array(char, zero(1))*), int);';
    expect(shownArguments(declaration, call)).toBe('"ab\\000de", 5, "ab", "ab", "a", 2');
  });

  it('shows nothing made up for lengths that are wrong', () => {
    const call = new FakeCall();
    const address = call.text('abc');
    call.args(address, -1, address, address);
    expect(
      shownArguments('void f(buffer(arg2), int, string[arg2], string[arg9]);', call).replace(
        'arg',
        '',
      ),
    ).toBe(`0x${address.toString(16)}, -1, 0x${address.toString(16)}, ?`);
  });

  it('reads wide strings', () => {
    const call = new FakeCall();
    const wide = call.ints(...Array.from('añ😀').map((char) => char.codePointAt(0) ?? 0), 0);
    call.args(wide, wide, wide);
    const declaration =
      'void f(string(wchar_t*), string(array(int, zero)*), string(array(wchar_t, 2)*));';
    expect(shownArguments(declaration, call)).toBe('"añ😀", "añ😀", "añ"...'.replace('"...', '"'));
    expect(shownArguments('void f(wchar_t);', new FakeCall().args(0xf1))).toBe("'ñ'");
  });

  it('shows buffers as text or in hexadecimal', () => {
    const call = new FakeCall();
    call.args(call.put('GET / HTTP/1.1\r\n'), 16, call.put(Uint8Array.from([1, 2, 255, 0])), 4);
    const text = shownArguments('void f(buffer(len) b, ulong len, buffer(arg4), int);', call);
    expect(text).toContain('GET / HTTP/1.1\\r\\n');
    expect(text).toContain('0102ff00');
    expect(call.reads).toBe(2);
  });

  it('never reads more than the limit, whatever the length says', () => {
    const call = new FakeCall();
    const address = call.put('x'.repeat(100));
    call.args(address, -1, address, 0x7fffffff);
    const traced = new TracedCall('void f(buffer(arg4), int, array(char, arg4)*, int);', call);
    expect(traced.enter()).toContain("[ 'x', 'x', 'x', 'x'... ]");
  });
});

describe('aggregates', () => {
  it('shows arrays with dots after the limit', () => {
    const call = new FakeCall();
    const address = call.ints(1, 2, 3, 4, 5, 0);
    call.args(address, 3, address, address, address, 0);
    expect(
      shownArguments(
        'void f(array(int, arg2)*, int, array(int, 5), array(int, zero)*, array(int, zero(2))*, array(int, 9)*);',
        call,
      ),
    ).toBe('[ 1, 2, 3 ], 3, [ 1, 2, 3, 4... ], [ 1, 2, 3, 4... ], [ 1, 2 ], nil');
    expect(shownArguments('void f(array(int, 0)*);', call)).toBe('[  ]');
    expect(shownArguments('void f(array(int, 3)*);', call, { arrayElements: 0 })).toBe('[ ... ]');
  });

  it('applies a lens to everything inside', () => {
    const call = new FakeCall();
    const shorts = call.put(Uint8Array.from([2, 0, 3, 0, 4, 0]));
    call.args(shorts, call.ints(10), shorts, call.longs(5));
    expect(
      shownArguments(
        'void f(hex(array(short,3)*), hex(int*), bitvec(array(char,2)*), bitvec(ulong*));',
        call,
      ),
    ).toBe('[ 0x2, 0x3, 0x4 ], 0xa, <1>, <0,2>');
  });

  it('shows structs by value in registers, in memory and behind pointers', () => {
    const call = new FakeCall().args((7n << 32n) | 5n, 0x41).double(0, 2.5);
    expect(shownArguments('void f(struct(int,int), struct(char, double));', call)).toBe(
      "{ 5, 7 }, { 'A', 2.500000 }",
    );
    const stacked = new FakeCall().args(9);
    stacked.stack.setBigInt64(8, 1n, true);
    stacked.stack.setBigInt64(16, 2n, true);
    stacked.stack.setBigInt64(24, 3n, true);
    expect(shownArguments('void f(int, struct(long,long,long));', stacked)).toBe('9, { 1, 2, 3 }');
    const pointed = new FakeCall();
    pointed.args(pointed.longs(3, pointed.text('abc'), pointed.ints(7, 8, 9)));
    expect(shownArguments('void f(struct(long, string, array(int, elt1)*)*);', pointed)).toBe(
      '{ 3, "abc", [ 7, 8, 9 ] }',
    );
  });

  it('reads inline arrays, strings and flexible members', () => {
    const call = new FakeCall();
    const bytes = Buffer.alloc(20);
    bytes.write('ab\0zz', 0);
    bytes.writeInt32LE(2, 8);
    bytes.writeInt32LE(10, 12);
    bytes.writeInt32LE(11, 16);
    call.args(call.put(bytes));
    expect(
      shownArguments('void f(struct(string(array(char, 8)), int n, array(int, n))*);', call),
    ).toBe('{ "ab", 2, [ 10, 11 ] }');
    expect(shownArguments('void f(struct(array(char, 2))*);', call)).toBe("{ [ 'a', 'b' ] }");
  });

  it('shows every member of a union', () => {
    expect(shownArguments('void f(union(int, float));', new FakeCall().args(0x3f800000))).toBe(
      '{ 1065353216, 1.000000 }',
    );
  });

  it('limits nesting and recognises circles', () => {
    const list = 'typedef list = struct;\ntypedef list = struct(long, list*);\nvoid f(list*);';
    const chain = new FakeCall();
    let next = 0;
    for (let value = 1; value <= 6; value++) next = chain.longs(value, next);
    chain.args(next);
    expect(shownArguments(list, chain)).toBe('{ 6, { 5, { 4, { 3, ... } } } }');
    expect(shownArguments(list, chain, { arrayElements: 10 })).toBe(
      '{ 6, { 5, { 4, { 3, { 2, { 1, nil } } } } } }',
    );
    const ring = new FakeCall();
    const bytes = new BigUint64Array([2n, 0n, 1n, 0n]);
    const address = ring.put(new Uint8Array(bytes.buffer));
    ring.memory.write(address + 8, new Uint8Array(BigUint64Array.of(BigInt(address + 16)).buffer));
    ring.memory.write(address + 24, new Uint8Array(BigUint64Array.of(BigInt(address)).buffer));
    expect(shownArguments(list, ring.args(address))).toBe('{ 2, { 1, recurse^ } }');
  });

  it('bounds a tree that would be endless', () => {
    const tree =
      'typedef t = struct;\ntypedef t = struct(t*, t*, t*, t*, t*, t*, t*, t*);\nvoid f(t*);';
    const call = new FakeCall();
    // Every node has eight children, none of which is an ancestor until memory ends.
    const nodes = 4096;
    const words = new BigUint64Array(nodes * 8);
    const base = 0x10000;
    for (let index = 0; index < words.length; index++) {
      words[index] = BigInt(base + (((index + 1) * 64) % (nodes * 64)));
    }
    call.args(call.put(new Uint8Array(words.buffer)));
    const traced = new TracedCall(tree, call, { limits: { arrayElements: 100 } });
    expect(traced.enter().length).toBeLessThan(1000000);
    expect(call.reads).toBeLessThan(11000);
  });

  it('leaves out hidden members', () => {
    const call = new FakeCall().args(1, 2, 3);
    expect(shownArguments('void f(int, hide(int), int);', call)).toBe('1, 3');
  });

  it('shows the readable members of a struct that runs into unmapped memory', () => {
    const call = new FakeCall();
    const address = call.put(Uint8Array.from([1, 0, 0, 0]));
    expect(shownArguments('void f(struct(int, int)*);', call.args(address))).toBe(
      `{ 1, 0x${(address + 4).toString(16)} }`,
    );
    expect(shownArguments('void f(struct(int, int)*);', new FakeCall().args(8))).toBe('0x8');
  });

  it.each([
    ['struct(short, int)*', 2, '{ 513 }'],
    ['struct(short, int)*', 6, '{ 513, ? }'],
    ['struct(short, array(uint8_t, 4))*', 4, '{ 513, [ 3, 4 ] }'],
    ['struct(short, string(array(char, 4)))*', 3, '{ 513, "\\003" }'],
    ['struct(short, socket_name(array(char, 4)))*', 2, '{ 513 }'],
    ['struct(short, struct(short, short))*', 1000, '{ 513, { 1027, 1541 } }'],
    ['struct(short)*', -1, '0x10000'],
    ['struct(short)*', 0, '0x10000'],
    ['int*', 2, '0x10000'],
  ])('shows of %s within %i bytes %s', (type, bytes, shown) => {
    const call = new FakeCall();
    const address = call.put(Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]));
    const declaration = `void f(within(arg2, ${type}), int);`;
    expect(shownArguments(declaration, call.args(address, bytes))).toBe(`${shown}, ${bytes}`);
  });
});

describe('URLs', () => {
  it.each([
    ['https://bob:hunter2@localhost/', 'https://bob:<redacted>@localhost/'],
    [
      'https://bob:a@b:c@localhost:8443/x?y=1:2@3',
      'https://bob:<redacted>@localhost:8443/x?y=1:2@3',
    ],
    ['https://bob:hun/ter2@localhost/', 'https://bob:<redacted>@localhost/'],
    ['https://:hunter2@localhost', 'https://:<redacted>@localhost'],
    ['FTP:/bob:hunter2@localhost?q', 'FTP:/bob:<redacted>@localhost?q'],
    ['//bob:12345@[::1]:80', '//bob:<redacted>@[::1]:80'],
    ['bob:12345@proxy:3128', 'bob:<redacted>@proxy:3128'],
    ['pkcs11:token=t?pin-value=1234&x=2', 'pkcs11:token=t?pin-value=<redacted>&x=2'],
    ['https://bob@localhost/a:b@c', 'https://bob@localhost/a:b@c'],
    ['https://localhost:8443/a:b@c', 'https://localhost:8443/a:b@c'],
    ['https://[::1]:8443/a@b', 'https://[::1]:8443/a@b'],
    ['/path:with@signs', '/path:with@signs'],
    ['mailto:', 'mailto:'],
    ['', ''],
  ])('of %s show %s', (url, shown) => {
    const call = new FakeCall();
    call.args(call.text(url));
    expect(shownArguments('void f(url(string));', call)).toBe(`"${shown}"`);
    expect(shownArguments('void f(url(string));', call, { showSecrets: true })).toBe(`"${url}"`);
  });

  it('show nothing of a password that was not read to its end, and of one behind a pointer', () => {
    const call = new FakeCall();
    const long = call.text(`https://bob:${'hunter2'.repeat(1000)}@localhost/`);
    expect(shownArguments('void f(url(string));', call.args(long))).toBe(
      '"https://bob:<redacted>"...',
    );
    const behind = call.longs(call.text('//bob:hunter2@localhost'));
    expect(shownArguments('void f(url(string*));', call.args(behind))).toBe(
      '"//bob:<redacted>@localhost"',
    );
  });
});

describe('outputs', () => {
  it('reads what stands right of + at return', () => {
    const call = new FakeCall();
    const buffer = call.put('????????');
    call.args(3, buffer, 8, call.text('in'));
    const traced = new TracedCall('long f(int, +buffer(retval), ulong, in string);', call);
    expect(traced.enter()).toBe('3');
    call.memory.write(buffer, Buffer.from('result'));
    // Registers mean nothing any more when the call returns.
    call.args(0, 0, 0, 0).register('rax', 6);
    expect(traced.leave()).toBe('"result", 8, "in" = 6');
  });

  it('shows inout arguments before and after', () => {
    const call = new FakeCall();
    const number = call.ints(16);
    const traced = new TracedCall('void f(inout int*, int);', call.args(number, 5));
    expect(traced.enter()).toBe('');
    expect(traced.leave()).toBe('16, 5 = <void>');
    traced.enter();
    call.memory.write(number, Uint8Array.from([20]));
    expect(traced.leave()).toMatch(/^16.*20, 5 = <void>$/);
  });

  it('follows pointers in lengths', () => {
    const call = new FakeCall();
    const length = call.ints(0);
    const traced = new TracedCall(
      'int f(+buffer(*arg2), +int*);',
      call.args(call.put('abcdef'), length),
    );
    traced.enter();
    call.memory.write(length, Uint8Array.from([3]));
    expect(traced.leave()).toBe('"abc", 3 = 0');
  });
});

describe('results', () => {
  it('returns structs in registers and in memory', () => {
    const call = new FakeCall().register('rax', 5).double(0, 1.5);
    expect(shownResult('struct(long, double) f();', call)).toBe(' = { 5, 1.500000 }');
    const memory = new FakeCall().args(0, 7);
    memory.register('rax', memory.longs(1, 2, 3));
    const traced = new TracedCall('struct(long,long,long) f(int);', memory);
    // The hidden pointer takes the first register.
    expect(traced.enter()).toBe('7');
    expect(traced.leave()).toBe(' = { 1, 2, 3 }');
  });

  it('adds errno to failures only', () => {
    const left = (declaration: string, rax: number | bigint): [string, number | undefined] => {
      const call = new FakeCall().register('rax', rax);
      call.errnoNow = 2;
      const traced = new TracedCall(declaration, call);
      return [traced.leave(), traced.left?.errno];
    };
    expect(left('errno(int) f();', 0xffffffff)).toEqual([' = -1', 2]);
    expect(left('errno(int) f();', 3)).toEqual([' = 3', undefined]);
    expect(left('errno(uint) f();', 0xffffffff)).toEqual([' = 4294967295', 2]);
    expect(left('errno(long) f();', 0xffffffff)).toEqual([' = 4294967295', undefined]);
    expect(left('errno(addr) f();', 0)).toEqual([' = nil', 2]);
    expect(left('errno(addr) f();', -1)).toEqual([' = 0xffffffffffffffff', 2]);
    expect(left('errno(string) f();', 0)).toEqual([' = nil', 2]);
    expect(left('errno[retval <= 0](int) f();', 0)).toEqual([' = 0', 2]);
    expect(left('errno[retval != arg1](int) f(int);', 0)).toEqual([' = 0', undefined]);
    expect(left('errnum f();', 22)).toEqual([' = 22', 22]);
    expect(left('errnum f();', 0)).toEqual([' = 0', undefined]);
    expect(left('negerrno(long) f();', -13)).toEqual([' = -1', 13]);
    expect(left('negerrno(addr) f();', -12)).toEqual([' = -1', 12]);
    expect(left('negerrno(long) f();', 13)).toEqual([' = 13', undefined]);
    expect(left('typedef e = errno(int);\ne f();', 0xffffffff)).toEqual([' = -1', 2]);
  });
});

describe('arrays without a size of their own', () => {
  it.each([
    ['string(array(char, zero))*', '"hello"'],
    ['string(array(char, zero(3)))*', '"hel"'],
    ['string(array(char, arg2))*', '"he"'],
    ['full(string(array(char, zero)))*', '"hello"'],
    ['secret(string(array(char, zero)))*', '<redacted secret>'],
    ['hex(array(char, arg2))*', '[ 0x68, 0x65 ]'],
    ['bitvec(array(char, arg2))*', '<3,5-6,8,10,13-14>'],
    ['struct(string(array(char, zero)))*', '{ "hello" }'],
    ['struct(char, string(array(char, zero)))*', '{ \'h\', "ello" }'],
    ['struct(char, string(array(char, arg2)))*', '{ \'h\', "el" }'],
    ['struct(char, string(array(char, zero(3))))*', '{ \'h\', "ell" }'],
    ['union(char, string(array(char, arg2)))*', '{ \'h\', "he" }'],
    ['struct()*', '0x10000'],
  ])('are shown behind a pointer and in a struct: %s', (type, shown) => {
    const call = new FakeCall();
    call.args(call.put('hello\0world'), 2);
    const declared = `void f(${type}, int);`;
    expect(shownArguments(declared, call)).toBe(`${shown}, 2`);
    const pointer = new FakeCall();
    pointer.args(pointer.longs(pointer.put('hello\0world')), 2);
    expect(shownArguments(`void f(${type}*, int);`, pointer)).toMatch(/^.*, 2$/);
    expect(shownArguments(`typedef t = ${type};\nvoid f(t, int);`, call)).toBe(`${shown}, 2`);
    expect(shownArguments(declared, call.args(0, 2))).toBe('nil, 2');
  });

  it('of a size end at their NUL in a struct, and not behind a pointer', () => {
    const call = new FakeCall();
    call.args(call.put('ab\0cdefg'));
    expect(shownArguments('void f(struct(string(array(char, 6)))*);', call)).toBe('{ "ab" }');
    expect(shownArguments('void f(string(array(char, 6)*));', call)).toBe('"ab\\000cde"');
  });

  it('are counted by what is shown beside them', () => {
    const call = new FakeCall();
    call.args(call.put(Buffer.from('\x03\0\0\0abcdef', 'latin1')));
    expect(shownArguments('void f(struct(int n, string(array(char, n)) text)*);', call)).toBe(
      '{ 3, "abc" }',
    );
    expect(shownArguments('void f(struct(int, array(hex(char), elt1))*);', call)).toBe(
      '{ 3, [ 0x61, 0x62, 0x63 ] }',
    );
  });
});

describe('a result that takes no place', () => {
  it('is what it is', () => {
    const result = (type: string): string => new TracedCall(`${type} f();`, new FakeCall()).leave();
    expect(result('struct()')).toBe(' = {  }');
    expect(result('typedef empty = struct();\nempty')).toBe(' = {  }');
    expect(result('void')).toBe(' = <void>');
  });
});

describe('formats', () => {
  it('shows what printf is given', () => {
    const call = new FakeCall();
    call.args(
      call.text('%d %u %x %X %o %c %s %p %%\n'),
      -1,
      2,
      255,
      255,
      8,
      99,
      call.text('str'),
      16,
    );
    expect(shownArguments('int f(format);', call)).toBe(
      '"%d %u %x %X %o %c %s %p %%\\n", -1, 2, 0xff, 0xff, 010, \'c\', "str", 0x10',
    );
  });

  it('knows widths, precisions, lengths and positions', () => {
    const call = new FakeCall();
    const text = call.text('abc');
    call.args(call.text('%*d %.*s %.2s %hhd'), 5, 42, 2, text, text, 0x1ff);
    expect(shownArguments('int f(format);', call)).toBe(
      '"%*d %.*s %.2s %hhd", 5, 42, 2, "ab", "ab", -1',
    );
    call.args(call.text('%2$s %1$ld %3$m'), -1, text);
    expect(shownArguments('int f(format);', call)).toBe('"%2$s %1$ld %3$m", -1, "abc"');
  });

  it('knows the conversions and lengths of C23, of old glibc and of SQLite', () => {
    const call = new FakeCall();
    const text = call.text('abc');
    const shown = (format: string, ...rest: number[]): string => {
      call.args(call.text(format), ...rest);
      return shownArguments('int f(format);', call).replace(/^"[^"]*", /, '');
    };
    expect(shown('%b|%s', 5, text)).toBe('0x5, "abc"');
    expect(shown('%#lB%%%d', -1, 42)).toBe('0xffffffffffffffff, 42');
    expect(shown('%w8d %w16u %w32x %w64d %s', 0x1ff, 0x1ffff, 0x1f, -3, text)).toBe(
      '-1, 65535, 0x1f, -3, "abc"',
    );
    expect(shown('%wf8d %wf32d %wf64b', 0x1ff, 2 ** 40, 1)).toBe('-1, 1099511627776, 0x1');
    expect(shown('%Zd %qd %s', 3, 4, text)).toBe('3, 4, "abc"');
    expect(shown("'%q' %Q %w.%.2z %d", text, 0, text, text, 7)).toBe('"abc", nil, "abc", "ab", 7');
    expect(shown('%q%s', text, text)).toBe('"abc", "abc"');
  });

  it('says that more follows where only the program knows what', () => {
    const call = new FakeCall();
    const shown = (format: string): string => {
      call.args(call.text(format), 1, 2, 3);
      return shownArguments('int f(format);', call).replace(/^"[^"]*"(?:\.\.\.)?/, '');
    };
    expect(shown('%d %Y %d')).toBe(', 1, ...');
    expect(shown('%w24d')).toBe(', ...');
    expect(shown('%d'.repeat(65))).toMatch(/^(?:, -?\d+){64}, \.\.\.$/);
    expect(shown('100% sure')).not.toContain('...');
    const traced = new TracedCall('int f(string, scanf);', call);
    call.args(call.text('x'), call.text('%d %Y'), call.ints(12), 0);
    expect(traced.enter()).toBe('"x", "%d %Y"');
    call.register('rax', 1);
    expect(traced.leave()).toBe('12, ... = 1');
  });

  it('hides texts, characters and bytes that a secret format describes', () => {
    const call = new FakeCall();
    const declared = 'int f(secret(format));';
    call.args(call.text('%s:%s %c %02x %d %p'), call.text('user'), 0, 65, 255, 80, 0x1000);
    expect(shownArguments(declared, call)).toBe(
      '"%s:%s %c %02x %d %p", <redacted secret>, nil, <redacted secret>, <redacted secret>, 80, 0x1000',
    );
    expect(shownArguments(declared, call, { showSecrets: true })).toBe(
      '"%s:%s %c %02x %d %p", "user", nil, \'A\', 0xff, 80, 0x1000',
    );
    expect(shownArguments(declared, call.args(0))).toBe('nil');
    // Read at entry though it stands behind an output.
    const buffer = call.put('________');
    call.args(buffer, call.text('%s'), call.text('user'));
    const traced = new TracedCall('int f(+secret(string) to, secret(format) text);', call);
    expect(traced.enter()).toBe('');
    expect(traced.leave()).toBe('<redacted to>, "%s", <redacted secret> = 0');
  });

  it('takes a width for no limit, and a precision for one', () => {
    const call = new FakeCall();
    const text = call.text('hello, world');
    call.args(call.text('%3s %-3s %.3s %3.5s'), text, text, text, text);
    expect(shownArguments('int f(format);', call)).toBe(
      '"%3s %-3s %.3s %3.5s", "hello, world", "hello, world", "hel", "hello"',
    );
  });

  it('takes floating arguments from vector registers and long doubles from the stack', () => {
    const call = new FakeCall().double(0, 1.5).double(1, 2.5);
    call.args(call.text('%f %d %Lf %g'), 7);
    call.stack.setBigUint64(8, 0xc000000000000000n, true);
    call.stack.setUint16(16, 0x3fff, true);
    expect(shownArguments('int f(format);', call)).toBe(
      '"%f %d %Lf %g", 1.500000, 7, 1.500000, 2.500000',
    );
  });

  it('shows what follows at return when outputs stand before the format', () => {
    const call = new FakeCall();
    const buffer = call.put('________');
    call.args(buffer, call.text('%d'), 42);
    const traced = new TracedCall('int f(+string, format);', call);
    expect(traced.enter()).toBe('');
    call.memory.write(buffer, Buffer.from('42\0'));
    call.args(0, 0, 0).register('rax', 2);
    expect(traced.leave()).toBe('"42", "%d", 42 = 2');
  });

  it('shows what scanf assigned', () => {
    const call = new FakeCall();
    const number = call.ints(12);
    const rest = call.put('word\0');
    call.args(call.text('12 word'), call.text('%d %s %*s %ld'), number, rest, 0x99);
    const traced = new TracedCall('int f(string, scanf);', call);
    expect(traced.enter()).toBe('"12 word", "%d %s %*s %ld"');
    call.args(0, 0, 0, 0, 0).register('rax', 2);
    expect(traced.leave()).toBe('12, "word", 0x99 = 2');
  });

  it('reads wide formats', () => {
    const call = new FakeCall();
    call.args(
      call.ints(...Array.from('%ls').map((char) => char.charCodeAt(0)), 0),
      call.ints(0x68, 0x69, 0),
    );
    expect(shownArguments('int f(wformat);', call)).toBe('"%ls", "hi"');
  });

  it('survives formats that are nonsense or not there', () => {
    const call = new FakeCall();
    expect(shownArguments('int f(format);', call.args(0))).toBe('nil');
    expect(shownArguments('int f(format);', call.args(8))).toBe('0x8');
    call.args(call.text('%999$d %1000000000d %'), 5);
    expect(shownArguments('int f(format);', call)).toContain('%999$d');
    expect(shownArguments('int f(int, ...);', new FakeCall().args(1))).toBe('1, ...');
  });
});

describe('variants', () => {
  const declarations = [
    'long f(addr ctx, int cmd, long larg, addr parg);',
    'variant f(arg2 == 123) int set_version(addr ctx, hide(int), enum(TLS1_3=772) version, hide(addr));',
    'variant f(arg2 == 33) long set_mode(addr ctx, hide(int), flags(A=1,B=2), hide(addr));',
    'variant f(arg2 > 1000 && larg != 0) void big(addr ctx, hide(int), long larg);',
  ].join('\n');

  it('shows the function that the programmer wrote', () => {
    const call = new FakeCall().args(0x10, 123, 772, 0).register('rax', 1);
    const traced = new TracedCall(declarations, call);
    expect(traced.enter()).toBe('0x10, TLS1_3');
    expect(traced.entered?.shownAs).toBe('set_version');
    expect(traced.leave()).toBe(' = 1');
    call.args(0x10, 33, 3, 0);
    expect(traced.enter()).toBe('0x10, A|B');
    call.args(0x10, 1001, 3, 0);
    expect(traced.enter()).toBe('0x10, 3');
    expect(traced.leave()).toBe(' = <void>');
    call.args(0x10, 1001, 0, 0);
    expect(traced.enter()).toBe('0x10, 1001, 0, nil');
    expect(traced.entered?.shownAs).toBeUndefined();
  });

  it('compares arguments as their types say', () => {
    const call = new FakeCall().args(1, 0xdead00000000007bn, 772);
    expect(new TracedCall(declarations, call).enter()).toBe('0x1, TLS1_3');
  });
});

describe('i386', () => {
  it('reads every argument from the stack', () => {
    const call = new FakeCall();
    call.words(1, call.text('abc'), 0x40100000, 0, 0x40040000, 5, 6, 0x41);
    expect(
      shownArguments32('void f(int, string, float, double, struct(int,int), char);', call),
    ).toBe('1, "abc", 2.250000, 2.500000, { 5, 6 }, \'A\'');
  });

  it('returns floats in st(0), long long in two registers, structs in memory', () => {
    const call = new FakeCall().register('rax', 0xffffffff).register('rdx', 1);
    const options = { abi: i386CallAbi };
    expect(new TracedCall('unsigned long long f();', call, options).leave()).toBe(' = 8589934591');
    call.floats.setBigUint64(FXSAVE.st0, 0xc000000000000000n, true);
    call.floats.setUint16(FXSAVE.st0 + 8, 0x3fff, true);
    expect(new TracedCall('float f();', call, options).leave()).toBe(' = 1.500000');
    expect(new TracedCall('double f();', call, options).leave()).toBe(' = 1.500000');
    call.register('rax', call.ints(7)).words(0x1234, 99);
    const traced = new TracedCall('struct(int) f(int);', call, options);
    expect(traced.enter()).toBe('99');
    expect(traced.leave()).toBe(' = { 7 }');
  });
});

describe('system calls', () => {
  it('takes the fourth argument from r10', () => {
    const call = new FakeCall().args(1, 2, 3, 99).register('r10', 4);
    const options = { abi: x86_64SyscallAbi };
    expect(new TracedCall('long f(int,int,int,int);', call, options).enter()).toBe('1, 2, 3, 4');
  });

  it('takes those of i386 from registers, 64-bit values from two', () => {
    const call = new FakeCall().register('rbx', 3).register('rcx', 0).register('rdx', 1);
    const options = { abi: i386SyscallAbi };
    expect(new TracedCall('long f(int, long long);', call, options).enter()).toBe('3, 4294967296');
  });
});
