/** Which traced functions a thread waits in, out of its frames and of what was called before them. */
import { x86_64 } from '../../../../src/arch/x86_64/x86_64.js';
import { toAddress } from '../../../../src/base/address.js';
import { tracedWithin } from '../../../../src/engine/processes/within-calls.js';
import type { AddressSpace } from '../../../../src/engine/tracees/tracee.js';
import type { Frame } from '../../../../src/trace/event.js';

const SEM_WAIT = 0x5000;
const RETURNS = 0x2000;

/** `call` to the function, right before RETURNS. */
const space = {
  arch: x86_64,
  sites: new Map([
    [
      SEM_WAIT,
      { address: SEM_WAIT, meaning: { entryPoints: [point('sem_wait', ['sem_wait@old'])] } },
    ],
    [0x6000, { address: 0x6000, meaning: { entryPoints: [point('read', [])] } }],
  ]),
  memory: {
    readWord: () => undefined,
    readCode: (address: number, bytes: number) => {
      const code = new Uint8Array(bytes);
      if (address + bytes !== RETURNS) return code;
      code[bytes - 5] = 0xe8;
      new DataView(code.buffer).setInt32(bytes - 4, SEM_WAIT - RETURNS, true);
      return code;
    },
  },
} as unknown as AddressSpace;

function point(symbol: string, aliases: readonly string[]) {
  return { symbol, aliases, entry: undefined };
}

function frame(address: number, name?: string): Frame {
  const symbol = name === undefined ? {} : { symbol: { name, offset: 0 } };
  return { address: toAddress(address), module: 'm', offset: address, ...symbol };
}

describe('the traced functions that a thread is in', () => {
  it('are those of its frames', () => {
    expect(tracedWithin(space, [frame(0x6010, 'read'), frame(0x1000, 'main')])).toEqual(['read']);
  });

  it('are also what was called and went on to another by a jump', () => {
    const frames = [frame(0x7000, 'futex_wait'), frame(RETURNS, 'main')];
    expect(tracedWithin(space, frames)).toEqual(['sem_wait']);
  });

  it('are not what stands before the innermost frame, nor frames of scripts', () => {
    const script: Frame = { language: 'python', function: 'read', file: 'a.py' };
    expect(tracedWithin(space, [frame(RETURNS), script])).toEqual([]);
  });
});
