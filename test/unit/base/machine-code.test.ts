import { Decoder, Formatter, FormatterSyntax, OpKind, Register } from 'iced-x86';

import { CALL_DESK_X86_64 } from '../../../src/arch/x86_64/call-desk-code.js';
import { INLINE } from '../../../src/arch/inline-calls.js';
import { INLINE_X86_64 } from '../../../src/arch/x86_64/inline-code.js';
import { SURVIVAL } from '../../../src/arch/survival-layout.js';
import { SURVIVAL_X86_64 } from '../../../src/arch/x86_64/survival-code.js';
import {
  assemble,
  code,
  label,
  near,
  quad,
  type Row,
  text,
} from '../../../src/base/machine-code.js';
import { BUS_ERROR_X86_64 } from '../../../src/kernel/linux/code/bus-error-x86-64.js';
import { CYCLES_X86_64 } from '../../../src/kernel/linux/code/cycles-x86-64.js';
import { GUARD, GUARDIAN_X86_64 } from '../../../src/kernel/linux/code/guardian-x86-64.js';
import { LAUNCH_X86_64 } from '../../../src/kernel/linux/code/launch-x86-64.js';
import { WAIT_X86_64 } from '../../../src/kernel/linux/code/wait-x86-64.js';
import { CONTROL, LAUNCH } from '../../../src/kernel/linux/control-block.js';

/** What `quad` and `word` rows are given here. */
const VALUES = {
  controlBlock: 0x123456789ab,
  header: 0x22334455667,
  TABLE_BYTES: 0x800000,
  TABLE_FILE: 21,
  PIPE: 22,
  ARENA_START: 0x111111111000,
  ARENA_END: 0x122222222000,
  DEFAULT_ACTION: 0x133333333000,
  THREADS: 0x144444444000,
  RETURN_TABLE: 0x155555555000,
  RETURNS: 0x166666666000,
  RETURNS_BYTES: 0x40000,
};
const FIELDS: Readonly<Record<string, number>> = {
  ...CONTROL,
  ...LAUNCH,
  ...SURVIVAL,
  ...GUARD,
  ...INLINE,
  ...VALUES,
  CONTROL_BLOCK: VALUES.controlBlock,
  SURVIVAL_HEADER: VALUES.header,
};
const TABLES: readonly (readonly [string, readonly Row[]])[] = [
  ['wait', WAIT_X86_64],
  ['launch', LAUNCH_X86_64],
  ['guardian', GUARDIAN_X86_64],
  ['bus error handler', BUS_ERROR_X86_64],
  ['survival handler', SURVIVAL_X86_64],
  ['call desk', CALL_DESK_X86_64],
  ['inline calls', INLINE_X86_64],
  ['cycle counter', CYCLES_X86_64],
];

/** All rows that are instructions, with what a disassembler makes of their bytes. */
function disassembled(
  rows: readonly Row[],
): { row: Exclude<Row, { kind: 'label' | 'data' }>; text: string }[] {
  const assembled = assemble(rows, VALUES);
  const decoder = new Decoder(64, assembled.bytes, 0);
  const formatter = new Formatter(FormatterSyntax.Intel);
  const at = new Map([...assembled.labels].map(([name, offset]) => [offset, name]));
  const result = rows.flatMap((row) => {
    if (row.kind === 'label' || row.kind === 'data') return [];
    const instruction = decoder.decode();
    let text = formatter.format(instruction);
    if (instruction.op0Kind === OpKind.NearBranch64) {
      text = `${text.split(' ')[0] ?? ''} ${at.get(Number(instruction.nearBranchTarget)) ?? '?'}`;
    } else if (instruction.memoryBase === Register.RIP) {
      const target = at.get(Number(instruction.memoryDisplacement)) ?? '?';
      text = text.replace(/\[.*\]/, `[rip+${target}]`);
    }
    return [{ row, text: normalised(text) }];
  });
  if (decoder.canDecode && !rows.some((row) => row.kind === 'data'))
    throw new Error('bytes left over');
  return result;
}

/** Both spellings in one: fields as offsets, numbers in decimal, no sizes and spaces. */
function normalised(text: string): string {
  return text
    .replace(/\b[A-Z][A-Z_]{2,}\b/g, (name) => String(FIELDS[name] ?? name))
    .replace(/\b0x([0-9a-f]+)\b/gi, (_, digits: string) => signed(digits))
    .replace(/\b([0-9][0-9a-f]*)h\b/gi, (_, digits: string) => signed(digits))
    .replace(/\b(short|near|dword|qword|ptr)\b/g, '')
    .replaceAll('+0]', ']')
    .replace(/\s+/g, ' ')
    .replace(/ ?, ?/g, ',')
    .trim();
}

/** Decimal text of a hexadecimal number, in two's complement of 32 bits if it fits, else of 64. */
function signed(digits: string): string {
  const value = BigInt(`0x${digits}`);
  return String(BigInt.asIntN(value < 1n << 32n ? 32 : 64, value));
}

describe.each(TABLES)('machine code of %s', (_name, rows) => {
  it('does what the text of each row says', () => {
    for (const { row, text } of disassembled(rows)) expect(text).toBe(normalised(row.text));
  });

  it('returns or ends on every path out of the end', () => {
    const last = disassembled(rows).at(-1);
    expect(last?.text).toMatch(/^(ret|ud2)$/);
  });
});

describe('the window in which a signal must move the program counter', () => {
  it('begins at the test of the flag and ends right behind the system call', () => {
    const rows = WAIT_X86_64;
    const start = rows.findIndex((row) => row.kind === 'label' && row.name === 'window_start');
    const end = rows.findIndex((row) => row.kind === 'label' && row.name === 'window_end');
    const window = rows.slice(start + 1, end).map((row) => ('text' in row ? row.text : ''));
    expect(window[0]).toBe('cmp dword [rbx+INTERRUPTED], 0');
    expect(window.at(-1)).toBe('syscall');
    expect(window.filter((text) => text === 'syscall')).toHaveLength(1);
  });
});

describe('assemble', () => {
  it('appends strings with their NUL', () => {
    expect([...assemble([text('a/')]).bytes]).toEqual([0x61, 0x2f, 0]);
  });

  it('computes distances from the end of the instruction, both ways', () => {
    const { bytes, labels } = assemble([
      label('top'),
      near('e9', 'jmp end', 'end'),
      near('e9', 'jmp top', 'top'),
      label('end'),
      code('c3', 'ret'),
    ]);
    expect([...bytes]).toEqual([0xe9, 5, 0, 0, 0, 0xe9, 0xf6, 0xff, 0xff, 0xff, 0xc3]);
    expect(labels.get('end')).toBe(10);
  });

  it('refuses a label or constant that does not exist', () => {
    expect(() => assemble([near('e9', 'jmp nowhere', 'nowhere')])).toThrow('nowhere');
    expect(() => assemble([quad('49 b8', 'mov r8, VALUE', 'value')])).toThrow('value');
  });
});
