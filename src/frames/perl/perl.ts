/** Frames of Perl 5.36, read from outside: the statement that is executed, and the subs that led to it. */
import { toAddress } from '../../base/address.js';
import type {
  FrameSource,
  InterpretedThread,
  Interpreter,
  ScriptStack,
  SourceMemory,
  SourceModule,
} from '../frame-source.js';
import { Walks } from '../walks.js';
import { LAYOUTS, OPTIONS, type PerlLayout } from './layout.js';
import { decoded } from './names.js';
import { Walk } from './walk.js';

export const PERL: FrameSource = {
  language: 'perl',
  mark: 'PL_curinterp',
  open(module, _modules, memory) {
    const layout = layoutFor(module, memory);
    if (typeof layout === 'string') return { kind: 'unreadable', why: layout };
    return new PerlInterpreter(module.addressOf('PL_curinterp') ?? 0, layout, memory);
  },
};

const MOST_OPTIONS = 2048;

/** @returns why it cannot be read, in words */
function layoutFor(module: SourceModule, memory: SourceMemory): PerlLayout | string {
  if (module.wordBytes !== 8) return 'it is a 32-bit program';
  const [revision, version] = ['PL_revision', 'PL_version'].map((name) => {
    const byte = new Uint8Array(1);
    const at = module.addressOf(name);
    return at !== undefined && memory.read(at, byte) === 1 ? byte[0] : undefined;
  });
  const layout = LAYOUTS[`${revision}.${version}`];
  if (layout === undefined) return 'only those of 5.36 are known';
  const at = module.addressOf('PL_bincompat_options') ?? toAddress(0);
  const bytes = new Uint8Array(MOST_OPTIONS);
  const text = decoded(bytes, memory.read(at, bytes)).split('\0')[0] ?? '';
  const options = text.split(' ').filter((word) => word !== '' && word !== 'DEBUGGING');
  const isKnown = options.length === OPTIONS.size && options.every((word) => OPTIONS.has(word));
  return isKnown ? layout : 'it was built with options whose structures are not known';
}

class PerlInterpreter implements Interpreter {
  readonly kind = 'interpreter';
  readonly language = 'perl';
  private readonly walks: Walks;

  constructor(
    /** Address of PL_curinterp: the interpreter that came first, which the first thread has. */
    private readonly first: number,
    private readonly layout: PerlLayout,
    memory: SourceMemory,
  ) {
    this.walks = new Walks(memory);
  }

  framesOf(thread: InterpretedThread, limit: number): ScriptStack {
    return this.walks.framesOf(thread, limit, (memory, frames) => {
      if (!thread.isFirst) return;
      new Walk(this.first, this.layout, memory).run(thread.stackPointer, limit, frames);
    });
  }

  isLoop(): boolean {
    return false;
  }
}
