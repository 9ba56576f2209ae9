import { Decoder, Formatter, FormatterSyntax } from 'iced-x86';
import { toAddress } from '../../../../src/base/address.js';
import { inlineCallsX86_64 as inline } from '../../../../src/arch/x86_64/inline-code.js';

const bytes = (hex: string): Uint8Array =>
  Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

/** jmp [rip+0x2fe2] as ld writes it, with the push of lazy binding behind. */
const PLAIN = bytes('ff 25 e2 2f 00 00 68 00 00 00 00 e9 00 00 00 00');
const IBT = bytes('f3 0f 1e fa f2 ff 25 e2 2f 00 00 0f 1f 44 00 00');
const FROM = toAddress(0x401030);
const TO = toAddress(0x3f0000);

function listing(code: Uint8Array, at: number): string[] {
  const decoder = new Decoder(64, code, 0);
  decoder.ip = BigInt(at);
  const formatter = new Formatter(FormatterSyntax.Intel);
  const lines: string[] = [];
  while (decoder.canDecode) lines.push(formatter.format(decoder.decode()));
  return lines;
}

describe('stubs of x86-64', () => {
  it('can be replaced where they are a jump through a pointer', () => {
    expect(inline.replaceable(PLAIN)).toEqual({ lead: 0 });
    expect(inline.replaceable(IBT)).toEqual({ lead: 4 });
  });

  it.each([
    ['a retpoline', '4c 8b 1d e2 2f 00 00 e9 00 00 00 00 90 90 90 90'],
    ['one with a number before the jump', 'f3 0f 1e fa 41 bb 00 00 00 00 ff 25 00 00 00 00'],
    ['one of which not all is known', 'ff 25 00'],
    ['a jump of another tracer', 'e9 00 00 00 00 00 68 00 00 00 00 e9 00 00 00 00'],
  ])('cannot where they are %s', (_what, hex) => {
    expect(inline.replaceable(bytes(hex))).toBeUndefined();
  });

  it('go on through the same pointer, wherever their code stands', () => {
    for (const [code, slot] of [
      [PLAIN, 0x401030 + 6 + 0x2fe2],
      [IBT, 0x401030 + 11 + 0x2fe2],
    ] as const) {
      const record = toAddress(0x7f1234567890);
      const made = inline.pointCode({ code, from: FROM, to: TO, record });
      if (made === undefined) throw new Error('out of reach');
      expect(listing(made.subarray(0, 13), TO)).toEqual([
        'mov r11,7F1234567890h',
        'jmp qword ptr [r11]',
      ]);
      const [goOn] = listing(made.subarray(inline.goOnAt), TO + inline.goOnAt);
      expect(goOn).toBe(`jmp qword ptr [${slot.toString(16).toUpperCase()}h]`);
      expect(made.length).toBeLessThanOrEqual(inline.pointCodeBytes);
    }
  });

  it('are left alone when our code is out of reach', () => {
    const far = toAddress(0x7f0000000000);
    expect(inline.jump(FROM, far)).toBeUndefined();
    expect(inline.pointCode({ code: PLAIN, from: FROM, to: far, record: far })).toBeUndefined();
  });

  it('become a jump of five bytes', () => {
    const jump = inline.jump(FROM, TO);
    if (jump === undefined) throw new Error('out of reach');
    expect(jump).toHaveLength(inline.patchBytes);
    expect(listing(jump, FROM)).toEqual(['jmp 00000000003F0000h']);
  });

  it('can be passed without being noted from wherever a thread stands on its way in', () => {
    const { bytes: made, labels } = inline.code({
      ...{ THREADS: 0x1000, RETURN_TABLE: 0x2000, RETURNS: 0x3000, RETURNS_BYTES: 0x100 },
    });
    const pushes = ['push rax', 'push rcx', 'push rdx', 'push rsi'];
    const pops = ['pop rsi', 'pop rdx', 'pop rcx', 'pop rax'];
    const enter = labels.get('enter') ?? NaN;
    expect(listing(made.subarray(enter, enter + 4), 0)).toEqual(pushes);
    for (let pushed = 0; pushed <= 4; pushed++) {
      const at = inline.withoutEntering(enter + pushed, labels) ?? NaN;
      const rest = listing(made.subarray(at, at + 10), 0);
      expect(rest.slice(0, pushed + 1)).toEqual([
        ...pops.slice(4 - pushed),
        'jmp qword ptr [r11+8]',
      ]);
    }
    const entered = labels.get('entered') ?? NaN;
    expect(inline.withoutEntering(entered - 1, labels)).toBe(labels.get('pass'));
    expect(inline.withoutEntering(entered, labels)).toBeUndefined();
    expect(inline.withoutEntering((labels.get('leave') ?? 0) + 1, labels)).toBeUndefined();
  });
});
