/** Hand-made debug sections of one small program, for tests that need no compiler. */
import { ByteWriter } from './byte-writer.js';

/**
 * `int add(const char *text, struct pair by_value)` at 0x1000…0x1100, with `twice` inlined at
 * 0x1020…0x1040 (called in line 12), in `/src/add.c`; DWARF 4, 64-bit addresses.
 */
export function smallDebugSections(): Map<string, Uint8Array> {
  return new Map([
    ['.debug_abbrev', abbreviations()],
    ['.debug_info', info()],
    ['.debug_line', lines()],
  ]);
}

type Declaration = readonly [code: number, tag: number, children: number, ...pairs: number[]];

const [STRING, DATA1, DATA4, ADDRESS, REF4, PRESENT, OFFSET] = [
  0x08, 0x0b, 0x06, 0x01, 0x13, 0x19, 0x17,
];

/** Code, DW_TAG, DW_CHILDREN, then DW_AT and DW_FORM in turn. */
const DECLARATIONS: readonly Declaration[] = [
  [1, 0x11, 1, 0x03, STRING, 0x1b, STRING, 0x11, ADDRESS, 0x12, DATA4, 0x10, OFFSET, 0x13, DATA1],
  [2, 0x2e, 1, 0x03, STRING, 0x3f, PRESENT, 0x11, ADDRESS, 0x12, DATA4, 0x49, REF4],
  [3, 0x05, 0, 0x03, STRING, 0x49, REF4],
  [4, 0x24, 0, 0x03, STRING, 0x3e, DATA1, 0x0b, DATA1],
  [5, 0x0f, 0, 0x49, REF4, 0x0b, DATA1],
  [6, 0x26, 0, 0x49, REF4],
  [7, 0x1d, 0, 0x31, REF4, 0x11, ADDRESS, 0x12, DATA4, 0x58, DATA1, 0x59, DATA1],
  [8, 0x2e, 0, 0x03, STRING],
  [9, 0x13, 1, 0x03, STRING, 0x0b, DATA1],
  [10, 0x0d, 0, 0x03, STRING, 0x49, REF4, 0x38, DATA1],
];

function abbreviations(): Uint8Array {
  const out = new ByteWriter();
  for (const [code, tag, children, ...pairs] of DECLARATIONS) {
    out.uleb(code).uleb(tag).u8(children);
    for (const each of pairs) out.uleb(each);
    out.u8(0, 0);
  }
  return out.u8(0).toBytes();
}

function info(): Uint8Array {
  const HEADER = 11;
  const body = new ByteWriter();
  const here = (): number => HEADER + body.length;
  body.uleb(1).text('add.c').text('/src').u64(0x1000).u32(0x100).u32(0).u8(0x0c);
  const int = here();
  body.uleb(4).text('int').u8(5, 4);
  const char = here();
  body.uleb(4).text('char').u8(6, 1);
  const constChar = here();
  body.uleb(6).u32(char);
  const text = here();
  body.uleb(5).u32(constChar).u8(8);
  const pair = here();
  body.uleb(9).text('pair').u8(8);
  body.uleb(10).text('a').u32(int).u8(0);
  body.uleb(10).text('b').u32(int).u8(4).u8(0);
  const twice = here();
  body.uleb(8).text('twice');
  body.uleb(2).text('add').u64(0x1000).u32(0x100).u32(int);
  body.uleb(3).text('text').u32(text);
  body.uleb(3).text('by_value').u32(pair);
  body.uleb(7).u32(twice).u64(0x1020).u32(0x20).u8(1, 12);
  body.u8(0).u8(0);
  return new ByteWriter().sized((unit) => unit.u16(4).u32(0).u8(8).append(body)).toBytes();
}

/** Rows: 0x1000 line 10, 0x1020 line 3, 0x1040 line 13; end at 0x1100. */
function lines(): Uint8Array {
  const header = new ByteWriter()
    .u8(1, 1, 1, -5, 14, 13)
    .u8(0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1)
    .u8(0)
    .text('add.c')
    .u8(0, 0, 0)
    .u8(0);
  const program = new ByteWriter()
    .u8(0, 9, 2)
    .u64(0x1000)
    .u8(3)
    .sleb(9)
    .u8(1)
    .u8(2)
    .uleb(0x20)
    .u8(3)
    .sleb(-7)
    .u8(1)
    .u8(2)
    .uleb(0x20)
    .u8(3)
    .sleb(10)
    .u8(1)
    .u8(2)
    .uleb(0xc0)
    .u8(0, 1, 1);
  return new ByteWriter()
    .sized((unit) => unit.u16(4).u32(header.length).append(header).append(program))
    .toBytes();
}
