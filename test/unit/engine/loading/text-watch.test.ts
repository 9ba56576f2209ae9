import { toAddress, toLoadBias } from '../../../../src/base/address.js';
import { toProcessId, toThreadId } from '../../../../src/base/ids.js';
import { Emitter } from '../../../../src/engine/emitter.js';
import { SiteReasons } from '../../../../src/engine/points/site-reasons.js';
import { BreakpointSite } from '../../../../src/engine/memory/site.js';
import { TextWatch } from '../../../../src/engine/loading/text-watch.js';
import { AddressSpace, Process, Thread } from '../../../../src/engine/tracees/tracee.js';
import { OpenCalls } from '../../../../src/engine/tracees/open-calls.js';
import { x86_64 } from '../../../../src/arch/x86_64/x86_64.js';
import type { TraceEvent } from '../../../../src/trace/event.js';
import { FakeMemory } from '../../../support/fake-memory.js';
import { buildImage } from '../../../support/elf-builder.js';
import { ElfImage } from '../../../../src/elf/elf-image.js';
import { Module } from '../../../../src/engine/modules/module.js';
import { ScriptedKernel } from '../../../support/scripted-kernel.js';

const PID = toProcessId(100);
const BASE = 0x10000;
const CODE = toAddress(BASE + 16);
const COPY = toAddress(0x80000);
const TRAP = 0xcc;
/** ret; nop … */
const RET = Uint8Array.from([0xc3, 0x90, 0x90, 0x90]);

const image = ElfImage.parse(buildImage({ soname: 'libtest.so' }), '/lib/libtest.so');

/** A process with one trap. */
function watched() {
  const kernel = new ScriptedKernel();
  const space = new AddressSpace(kernel, x86_64, { exitKill: true });
  space.processes.push(PID);
  space.modules.add(new Module(image, '/lib/libtest.so', toLoadBias(BASE), 'library'));
  space.sites.set(
    CODE,
    new BreakpointSite(
      {
        address: CODE,
        originalByte: 0xc3,
        code: RET,
        copy: COPY,
        copyBytes: 1,
        instruction: { originalBytes: 1, pushes: 0, reachablePastTrap: false },
      },
      new SiteReasons<Thread>(),
    ),
  );
  const process = new Process({
    pid: PID,
    space,
    role: 'reported',
    program: '/bin/program',
    origin: 'launch',
    bond: 'dies-with-us',
  });
  const tid = toThreadId(PID);
  process.threads.set(tid, new Thread(tid, process, new OpenCalls()));
  const events: TraceEvent[] = [];
  const sink = { accept: (event: TraceEvent) => void events.push(event) };
  const emitter = new Emitter(sink, () => 0);
  const watch = new TextWatch({ kernel, emitter, onUnmapped: () => undefined });
  /** What is said when it is looked at now. */
  const look = () => {
    events.length = 0;
    watch.look(process);
    emitter.catchUp();
    return events.flatMap((event) => (event.kind === 'notice' ? [event.text] : []));
  };
  /** @param regions all that can be read from now on */
  const become = (...regions: readonly (readonly [number, readonly number[]])[]) => {
    const memory = new FakeMemory();
    for (const [start, bytes] of regions) memory.map(start, Uint8Array.from(bytes));
    kernel.memoryOf.set(PID, memory);
  };
  return { look, become };
}

describe('traps that are not where they were put', () => {
  it('are no loss while execve changes the memory, which is told of later', () => {
    const { look, become } = watched();
    become([CODE, [TRAP, 0x90, 0x90, 0x90]], [COPY, [0xc3]]);
    expect(look()).toEqual([]);
    become([0x5000, [0x90]]);
    expect(look()).toEqual([]);
  });

  it('are no loss either where the other program has its code at the same place', () => {
    const { look, become } = watched();
    become([CODE, [0xc3, 0x90, 0x90, 0x90]]);
    expect(look()).toEqual([]);
  });

  it('are told of when the program did it', () => {
    const { look, become } = watched();
    become([COPY, [0xc3]]);
    expect(look()).toEqual([expect.stringMatching(/1 breakpoint went with its code/)]);
  });

  it('are told of when it unmaps all that there was, and goes on', () => {
    const { look, become } = watched();
    become([0x5000, [0x90]]);
    expect(look()).toEqual([]);
    expect(look()).toEqual([expect.stringMatching(/1 breakpoint went with its code/)]);
  });
});
