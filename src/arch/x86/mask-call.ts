/**
 * The displaced copy of a system-call instruction that makes rt_sigprocmask: the kernel is given a copy of the set,
 * without SIGTRAP, on the thread's own stack. It does so by itself, so that it goes on doing so should the tracer be
 * killed, until the traps are gone.
 *
 * There are two of them, one behind the other. The second adds SIGTRAP to the set that the program is told of: it is for
 * a thread that blocks SIGTRAP as far as the program knows.
 */
import type { Address } from '../../base/address.js';
import { assemble, code, label, near, type Row } from '../../base/machine-code.js';
import type { MaskCallCode, MaskCallState } from '../arch.js';
import type { CodeBits } from './instruction-shape.js';

/** Instructions, and how a thread stands before the first of them. */
export interface Step {
  readonly rows: readonly Row[];
  readonly pushed?: number;
  readonly setAt?: number;
  readonly isMade?: boolean;
}

/**
 * @param code bytes at `from`
 * @param gates instructions that enter the kernel, and do not depend on where they stand
 * @returns undefined where none of them stands there, or `to` is out of reach
 */
export function maskCallCode(
  code: Uint8Array,
  move: { readonly from: Address; readonly to: Address },
  gates: readonly Uint8Array[],
  bits: CodeBits,
): MaskCallCode | undefined {
  const gate = gates.find((each) => each.every((byte, index) => byte === code[index]));
  if (gate === undefined) return undefined;
  const { bytes, told, plain, steps } = templateFor(gate, bits);
  const back = move.from + gate.length - move.to;
  const moved = bytes.slice();
  if (!setJump(moved, told, back) || !setJump(moved, bytes.length, back)) return undefined;
  return {
    bytes: moved,
    originalBytes: gate.length,
    told,
    plain,
    stateAt: (offset) => steps.get(offset),
  };
}

/** Everything but where the jumps back go. */
interface Template extends Pick<MaskCallCode, 'bytes' | 'told' | 'plain'> {
  readonly steps: ReadonlyMap<number, MaskCallState>;
}

const templates = new Map<Uint8Array, Template>();

function templateFor(gate: Uint8Array, bits: CodeBits): Template {
  const known = templates.get(gate);
  if (known !== undefined) return known;
  const row = code(Buffer.from(gate).toString('hex').replace(/../g, '$& ').trim(), 'gate');
  const first = layOut(maskCallSteps(row, bits, false));
  const second = layOut(maskCallSteps(row, bits, true));
  const told = first.bytes.length;
  const steps = new Map<number, MaskCallState>();
  for (const [offset, step] of first.steps) steps.set(offset, stateBefore(step, false));
  for (const [offset, step] of second.steps) steps.set(told + offset, stateBefore(step, true));
  const bytes = Uint8Array.of(...first.bytes, ...second.bytes);
  const template = { bytes, told, plain: first.plain, steps };
  templates.set(gate, template);
  return template;
}

function stateBefore({ isMade = false, pushed = 0, setAt }: Step, tells: boolean): MaskCallState {
  return { isMade, pushed, setAt, tells };
}

interface LaidOut {
  readonly bytes: Uint8Array;
  readonly plain: number;
  /** By offset. */
  readonly steps: ReadonlyMap<number, Step>;
}

function layOut(steps: readonly Step[]): LaidOut {
  const named = steps.flatMap((step, index) => [label(stepName(index)), ...step.rows]);
  const { bytes, labels } = assemble([...named, label('back')]);
  const offsets = new Map(steps.map((step, index) => [labels.get(stepName(index)) ?? 0, step]));
  // The jump itself.
  offsets.set(bytes.length, { rows: [], isMade: true });
  return {
    bytes: Uint8Array.of(...bytes, JUMP, 0, 0, 0, 0),
    plain: labels.get('plain') ?? 0,
    steps: offsets,
  };
}

/** @param end of the jump's distance, which counts from the start of the code as `target` does */
function setJump(bytes: Uint8Array, end: number, target: number): boolean {
  const distance = target - end;
  if (distance !== (distance | 0)) return false;
  new DataView(bytes.buffer).setInt32(end - 4, distance, true);
  return true;
}

const stepName = (index: number): string => `step ${index}`;
/** jmp rel32 */
const JUMP = 0xe9;

/** Instructions of the code, for both widths; only `gate` differs between programs. */
interface Instructions {
  readonly test: readonly Row[];
  readonly makeRoom: readonly Row[];
  readonly pushSet: Row;
  readonly copySet: readonly Row[];
  readonly strip: Row;
  readonly point: Row;
  readonly dropCopy: Row;
  readonly popSet: Row;
  readonly giveRoomBack: readonly Row[];
  /** `skip` is the name of a label that is used once. */
  tell(skip: string): readonly Row[];
  /** Bytes of room, of a word, and of the words that are pushed for the set. */
  readonly room: number;
  readonly word: number;
}

const TO_PLAIN = near('0f 84', 'je plain', 'plain');
const STRIP = '83 24 24 ef'; // all but SIGTRAP

const INSTRUCTIONS_64: Instructions = {
  test: [
    code('48 85 f6', 'test rsi, rsi'),
    TO_PLAIN,
    code('83 ff 01', 'cmp edi, 1'), // SIG_UNBLOCK
    TO_PLAIN,
  ],
  // The red zone: System V ABI, AMD64 supplement, 3.2.2.
  makeRoom: [code('48 8d 64 24 80', 'lea rsp, [rsp-128]')],
  pushSet: code('56', 'push rsi'),
  copySet: [code('ff 36', 'push qword [rsi]')],
  strip: code(STRIP, 'and dword [rsp], -17'),
  point: code('48 89 e6', 'mov rsi, rsp'),
  dropCopy: code('48 8d 64 24 08', 'lea rsp, [rsp+8]'),
  popSet: code('5e', 'pop rsi'),
  giveRoomBack: [code('48 8d a4 24 80 00 00 00', 'lea rsp, [rsp+128]')],
  tell: (skip) => [
    code('48 85 d2', 'test rdx, rdx'),
    near('0f 84', `je ${skip}`, skip),
    code('48 85 c0', 'test rax, rax'),
    near('0f 85', `jne ${skip}`, skip),
    code('80 0a 10', 'or byte [rdx], 16'),
  ],
  room: 128,
  word: 8,
};

const INSTRUCTIONS_32: Instructions = {
  test: [
    code('85 c9', 'test ecx, ecx'),
    TO_PLAIN,
    code('83 fb 01', 'cmp ebx, 1'), // SIG_UNBLOCK
    TO_PLAIN,
  ],
  makeRoom: [],
  pushSet: code('51', 'push ecx'),
  copySet: [code('ff 71 04', 'push dword [ecx+4]'), code('ff 31', 'push dword [ecx]')],
  strip: code(STRIP, 'and dword [esp], -17'),
  point: code('89 e1', 'mov ecx, esp'),
  dropCopy: code('8d 64 24 08', 'lea esp, [esp+8]'),
  popSet: code('59', 'pop ecx'),
  giveRoomBack: [],
  tell: (skip) => [
    code('85 d2', 'test edx, edx'),
    near('0f 84', `je ${skip}`, skip),
    code('85 c0', 'test eax, eax'),
    near('0f 85', `jne ${skip}`, skip),
    code('80 0a 10', 'or byte [edx], 16'),
  ],
  room: 0,
  word: 4,
};

/** Exported for the test of its rows. */
export function maskCallSteps(gate: Row, bits: CodeBits, tells: boolean): readonly Step[] {
  const c = bits === 64 ? INSTRUCTIONS_64 : INSTRUCTIONS_32;
  const saved = c.room + c.word;
  const whole = saved + SET_BYTES;
  const tell = (name: string, state: Omit<Step, 'rows'>): Step[] =>
    tells ? [...each(c.tell(name), state), { rows: [label(name)], ...state }] : [];
  const inside = { pushed: whole, setAt: SET_BYTES };
  return [
    ...each([...c.test, ...c.makeRoom], {}),
    { rows: [c.pushSet], pushed: c.room },
    ...c.copySet.map((row, index) => ({ rows: [row], pushed: saved + index * c.word })),
    ...each([c.strip, c.point], { pushed: whole }),
    { rows: [gate], ...inside },
    ...tell('told', { ...inside, isMade: true }),
    { rows: [c.dropCopy], ...inside, isMade: true },
    { rows: [c.popSet], pushed: saved, setAt: 0, isMade: true },
    ...each(c.giveRoomBack, { pushed: c.room, isMade: true }),
    { rows: [near('e9', 'jmp back', 'back')], isMade: true },
    { rows: [label('plain'), gate] },
    ...tell('told plainly', { isMade: true }),
  ];
}

/** One step for each instruction, so that the state is known at each. */
function each(rows: readonly Row[], state: Omit<Step, 'rows'>): Step[] {
  return rows.map((row) => ({ rows: [row], ...state }));
}

/** sizeof(sigset_t) of the kernel. */
const SET_BYTES = 8;
