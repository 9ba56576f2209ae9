/** Compares the rows of FrameTable with what readelf prints, for whole libraries. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { FrameRow, RegisterRule } from '../../src/dwarf/frame-rules.js';
import type { FrameSections } from '../../src/dwarf/frame-table.js';
import { FrameTable } from '../../src/dwarf/frame-table.js';
import { readElfSections } from '../support/elf-sections.js';

const NAMES_64 = [
  ...['rax', 'rdx', 'rcx', 'rbx', 'rsi', 'rdi', 'rbp', 'rsp'],
  ...['r8', 'r9', 'r10', 'r11', 'r12', 'r13', 'r14', 'r15', 'ra'],
];
const NAMES_32 = ['eax', 'ecx', 'edx', 'ebx', 'esp', 'ebp', 'esi', 'edi', 'ra'];

interface ExpectedRow {
  readonly pc: number;
  /** Column name → readelf's cell; 'CFA' too. */
  readonly cells: ReadonlyMap<string, string>;
}

function* rowsOfReadelf(path: string): Generator<ExpectedRow> {
  // readelf exits with 1 when a debug file that the library mentions is not installed.
  const text = spawnSync('readelf', ['--debug-dump=frames-interp', path], {
    encoding: 'latin1',
    maxBuffer: 1 << 30,
  }).stdout;
  let columns: string[] = [];
  let range: { from: number; to: number } | undefined;
  for (const line of text.split('\n')) {
    const fde = /FDE .*pc=([0-9a-f]+)\.\.([0-9a-f]+)/.exec(line);
    if (fde !== null) range = { from: parseInt(fde[1] ?? '', 16), to: parseInt(fde[2] ?? '', 16) };
    else if (line.includes(' CIE ')) range = undefined;
    else if (line.startsWith('   LOC')) columns = line.trim().split(/\s+/).slice(1);
    else if (range !== undefined && /^[0-9a-f]{8,16} /.test(line)) {
      const [pc, ...cells] = line.trim().split(/\s+/);
      const at = parseInt(pc ?? '', 16);
      // readelf also prints rows at or past the end of the range (trailing advances).
      if (at < range.from || at >= range.to || columns.length !== cells.length) continue;
      yield { pc: at, cells: new Map(columns.map((name, index) => [name, cells[index] ?? ''])) };
    }
  }
}

function cfaCell(row: FrameRow, names: readonly string[]): string {
  if (row.cfa.kind === 'expression') return 'exp';
  const { offset } = row.cfa;
  return `${names[row.cfa.register] ?? '?'}${offset < 0 ? '' : '+'}${offset}`;
}

function ruleCell(rule: RegisterRule | undefined, names: readonly string[]): string {
  switch (rule?.kind) {
    case undefined:
    case 'undefined':
      return 'u';
    case 'same':
      return 's';
    case 'saved':
      return `c${rule.offset < 0 ? '' : '+'}${rule.offset}`;
    case 'value':
      return `v${rule.offset < 0 ? '' : '+'}${rule.offset}`;
    case 'register':
      return names[rule.register] ?? '?';
    case 'saved-expression':
      return 'exp';
    case 'value-expression':
      return 'vexp';
  }
}

function framesOf(path: string, without: readonly string[] = []): FrameSections {
  const elf = readElfSections(path);
  const get = (name: string) => (without.includes(name) ? undefined : elf.sections.get(name));
  const ehFrameHeader = get('.eh_frame_hdr');
  const ehFrame = get('.eh_frame');
  const debugFrame = get('.debug_frame')?.bytes;
  return {
    wordBytes: elf.wordBytes,
    ...(ehFrameHeader === undefined ? {} : { ehFrameHeader }),
    ...(ehFrame === undefined ? {} : { ehFrame }),
    ...(debugFrame === undefined ? {} : { debugFrame }),
  };
}

/** Differences as text, and how many rows were compared. */
function compare(path: string, sections: FrameSections) {
  const names = sections.wordBytes === 8 ? NAMES_64 : NAMES_32;
  const table = new FrameTable(sections, names.length);
  const differences: string[] = [];
  let rows = 0;
  const last = new Map<number, ExpectedRow>();
  // Of several rows at one address the last one holds.
  for (const expected of rowsOfReadelf(path)) last.set(expected.pc, expected);
  for (const { pc, cells } of last.values()) {
    rows++;
    const row = table.rowAt(pc);
    for (const [column, cell] of cells) {
      const index = names.indexOf(column);
      if (column !== 'CFA' && index === -1) continue;
      const mine =
        row === undefined
          ? 'none'
          : column === 'CFA'
            ? cfaCell(row, names)
            : ruleCell(row.registers[index], names);
      if (mine !== cell) differences.push(`${pc.toString(16)} ${column}: ${mine}, not ${cell}`);
    }
  }
  return { rows, differences };
}

const LIBRARIES = [
  '/lib/x86_64-linux-gnu/libc.so.6',
  '/lib/x86_64-linux-gnu/libm.so.6',
  '/usr/lib/x86_64-linux-gnu/libstdc++.so.6',
  '/lib64/ld-linux-x86-64.so.2',
  '/lib32/libc.so.6',
].filter((path) => existsSync(path));

describe('FrameTable', () => {
  it.each(LIBRARIES)('has the rows that readelf prints of %s', (path) => {
    const { rows, differences } = compare(path, framesOf(path));
    expect(differences.slice(0, 20)).toEqual([]);
    expect(rows).toBeGreaterThan(1000);
  });

  it('needs no search table', () => {
    const path = LIBRARIES[0] ?? '';
    const { differences } = compare(path, framesOf(path, ['.eh_frame_hdr']));
    expect(differences.slice(0, 20)).toEqual([]);
  });
});
