/** Headers of .debug_line: opcodes, directories and files (DWARF 5, 6.2.4, and versions 2 to 4). */
import type { Cursor, OffsetBytes } from './cursor.js';
import { Cursor as BytesCursor } from './cursor.js';
import type { AttributeValue } from './forms.js';
import type { UnitFormat } from './unit-format.js';
import { readForm } from './forms.js';
import { DwarfError } from './sections.js';

export interface LineHeader {
  readonly version: number;
  readonly addressBytes: number;
  readonly minimumInstruction: number;
  readonly operationsPerInstruction: number;
  readonly lineBase: number;
  readonly lineRange: number;
  readonly opcodeBase: number;
  /** Operand counts of the standard opcodes, the first at index 1. */
  readonly opcodeLengths: readonly number[];
  /** Index 0 is the directory of the compilation, '' where only the unit knows it. */
  readonly directories: readonly string[];
  /** By file number: the first is 0 in version 5, and 1 before (index 0 is empty then). */
  readonly files: readonly LineFile[];
  /** Where the program starts and ends in the section. */
  readonly programFrom: number;
  readonly programTo: number;
}

export interface LineFile {
  readonly name: string;
  readonly directory: number;
}

/** Gives the text of a form that points into a string section. */
export type TextOf = (value: AttributeValue) => string | undefined;

/** More would be no program that a compiler can hold. */
const MOST_FILES = 1048576;

export function readLineHeader(
  section: Uint8Array,
  offset: number,
  unit: UnitFormat,
  textOf: TextOf,
): LineHeader {
  const cursor = new BytesCursor(section, offset);
  const { end, offsetBytes } = cursor.initialLength();
  cursor.end = end;
  const version = cursor.u16();
  if (version < 2 || version > 5) throw new DwarfError(`line table of version ${version}`);
  let { addressBytes } = unit;
  if (version >= 5) {
    addressBytes = cursor.u8();
    cursor.skip(1); // size of segment selectors
  }
  const headerBytes = cursor.offset(offsetBytes);
  const programFrom = cursor.position + headerBytes;
  if (programFrom > end) throw new DwarfError('line program past the end');
  const machine = readMachine(cursor, version);
  const names =
    version >= 5
      ? readNames5(cursor, { version, addressBytes, offsetBytes }, textOf)
      : readNames4(cursor);
  return { version, addressBytes, ...machine, ...names, programFrom, programTo: end };
}

function readMachine(cursor: Cursor, version: number) {
  const minimumInstruction = cursor.u8();
  const operationsPerInstruction = version >= 4 ? Math.max(1, cursor.u8()) : 1;
  cursor.skip(1); // default_is_stmt: breakpoints are not set by line here
  const lineBase = cursor.i8();
  const lineRange = cursor.u8();
  const opcodeBase = cursor.u8();
  if (lineRange === 0) throw new DwarfError('line range of 0');
  const opcodeLengths = [0];
  for (let opcode = 1; opcode < opcodeBase; opcode++) opcodeLengths.push(cursor.u8());
  return {
    minimumInstruction,
    operationsPerInstruction,
    lineBase,
    lineRange,
    opcodeBase,
    opcodeLengths,
  };
}

function readNames4(cursor: Cursor) {
  const directories = [''];
  for (let name = cursor.string(); name !== ''; name = cursor.string()) directories.push(name);
  const files: LineFile[] = [{ name: '', directory: 0 }];
  for (let name = cursor.string(); name !== ''; name = cursor.string()) {
    files.push({ name, directory: cursor.uleb() });
    cursor.skipLeb(); // time of modification
    cursor.skipLeb(); // size
  }
  return { directories, files };
}

/** DW_LNCT_* (DWARF 5, table 7.27). */
const LNCT_PATH = 1;
const LNCT_DIRECTORY_INDEX = 2;

interface NameFormat extends UnitFormat {
  readonly offsetBytes: OffsetBytes;
}

function readNames5(cursor: Cursor, format: NameFormat, textOf: TextOf) {
  const directories = readEntries5(cursor, format, textOf).map((entry) => entry.name);
  return { directories, files: readEntries5(cursor, format, textOf) };
}

function readEntries5(cursor: Cursor, format: NameFormat, textOf: TextOf): LineFile[] {
  const fields: { readonly content: number; readonly form: number }[] = [];
  const fieldCount = cursor.u8();
  for (let count = 0; count < fieldCount; count++) {
    fields.push({ content: cursor.uleb(), form: cursor.uleb() });
  }
  const entryCount = cursor.uleb();
  const entries: LineFile[] = [];
  for (let count = 0; count < entryCount; count++) {
    const before = cursor.position;
    let name = '';
    let directory = 0;
    for (const { content, form } of fields) {
      const value = readForm(cursor, form, format, 0);
      if (content === LNCT_PATH) name = textOf(value) ?? '';
      else if (content === LNCT_DIRECTORY_INDEX && value.kind === 'constant') {
        directory = Number(value.value);
      }
    }
    if (cursor.position === before || count === MOST_FILES) throw new DwarfError('file list');
    entries.push({ name, directory });
  }
  return entries;
}
