/** Debug information of loaded modules, found and read when it is first asked for. */
import type { ProcessId } from '../../base/ids.js';
import type { Address } from '../../base/address.js';
import type { FileBytes } from '../../base/file-bytes.js';
import { debugInfoOf, frameTableOf } from '../../dwarf/image-debug.js';
import type { DebugInfo } from '../../dwarf/debug-info.js';
import type { FrameTable } from '../../dwarf/frame-table.js';
import type { Arch } from '../../arch/arch.js';
import type { ElfImage } from '../../elf/elf-image.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { Prototype } from '../../prototype/prototype.js';
import { debugImagesOf, findDebugFile } from '../../symbol/debug-files.js';
import type { Module } from '../modules/module.js';

interface ImageFacts {
  frames: FrameTable | 'none' | undefined;
  debug: DebugInfo | 'none' | undefined;
  debugFile: ElfImage | 'none' | undefined;
  symbolImages: readonly ElfImage[] | undefined;
}

export class DebugInformation {
  private readonly facts = new WeakMap<ElfImage, ImageFacts>();

  constructor(private readonly kernel: Kernel) {}

  framesOf(pid: ProcessId, module: Module, arch: Arch): FrameTable | undefined {
    const facts = this.factsOf(module.image);
    facts.frames ??=
      frameTableOf(module.image, arch.dwarfRegisters, this.debugFileOf(pid, module)) ?? 'none';
    return facts.frames === 'none' ? undefined : facts.frames;
  }

  debugOf(pid: ProcessId, module: Module): DebugInfo | undefined {
    const facts = this.factsOf(module.image);
    if (facts.debug === undefined) {
      const open = this.opener(pid);
      facts.debug = debugInfoOf(module.image, this.debugFileOf(pid, module), open) ?? 'none';
    }
    return facts.debug === 'none' ? undefined : facts.debug;
  }

  /** Images with further symbols: the separate debug file, MiniDebugInfo. */
  symbolImagesOf(pid: ProcessId, module: Module): readonly ElfImage[] {
    const facts = this.factsOf(module.image);
    facts.symbolImages ??= debugImagesOf(module.image, this.opener(pid));
    return facts.symbolImages;
  }

  /** The prototype that debug information gives a function of the module. */
  prototypeOf(pid: ProcessId, module: Module, at: Address, name: string): Prototype | undefined {
    const debug = this.debugOf(pid, module);
    return debug?.prototypeAt(module.imageAddressOf(at), name) ?? debug?.prototypeNamed(name);
  }

  private debugFileOf(pid: ProcessId, module: Module): ElfImage | undefined {
    const facts = this.factsOf(module.image);
    facts.debugFile ??= findDebugFile(module.image, this.opener(pid)) ?? 'none';
    return facts.debugFile === 'none' ? undefined : facts.debugFile;
  }

  private opener(pid: ProcessId): (path: string) => FileBytes | undefined {
    return (path) => this.kernel.filesOf(pid).open(path);
  }

  private factsOf(image: ElfImage): ImageFacts {
    let facts = this.facts.get(image);
    if (facts === undefined) {
      facts = {
        frames: undefined,
        debug: undefined,
        debugFile: undefined,
        symbolImages: undefined,
      };
      this.facts.set(image, facts);
    }
    return facts;
  }
}
