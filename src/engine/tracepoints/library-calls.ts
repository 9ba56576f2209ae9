/** -l: which imports lead into the chosen libraries. What was looked at before is not looked at again. */
import type { AddressSpace } from '../tracees/tracee.js';
import type { Module } from '../modules/module.js';
import { functionsOf } from '../../symbol/functions.js';
import type { ImportedFunction } from '../../symbol/imports.js';
import type { CallRules } from './call-rules.js';
import type { ImportIndex } from './import-index.js';

/** An import of a function that a chosen library exports. */
export interface LibraryCall {
  readonly importer: Module;
  readonly imported: ImportedFunction;
  readonly exporter: Module;
}

interface Known {
  /** Of the table; when a module goes all is looked at anew. */
  readonly removals: number;
  readonly looked: Set<Module>;
  readonly exporters: Map<string, Module>;
  readonly importers: Map<
    string,
    { readonly importer: Module; readonly imported: ImportedFunction }[]
  >;
}

export class LibraryCalls {
  private readonly spaces = new WeakMap<AddressSpace, Known>();

  constructor(
    private readonly rules: CallRules,
    private readonly index: ImportIndex,
  ) {}

  /** Those of modules that came since the last call. */
  fresh(space: AddressSpace): readonly LibraryCall[] {
    const known = this.knownOf(space);
    const calls: LibraryCall[] = [];
    const fresh = space.modules.all.filter((module) => !known.looked.has(module));
    for (const module of fresh) {
      known.looked.add(module);
      if (this.rules.selectsCallee(module)) this.addExporter(known, module, calls);
    }
    for (const module of fresh) this.addImporter(known, { space, module }, calls);
    return calls;
  }

  /** Its functions, for importers that were there before. */
  private addExporter(
    { exporters, importers }: Known,
    exporter: Module,
    into: LibraryCall[],
  ): void {
    for (const { names } of functionsOf(exporter.image, EXPORTED)) {
      for (const { name } of names) {
        if (exporters.has(name)) continue;
        exporters.set(name, exporter);
        for (const call of importers.get(name) ?? []) into.push({ ...call, exporter });
      }
    }
  }

  private addImporter(
    { exporters, importers }: Known,
    { space, module: importer }: { readonly space: AddressSpace; readonly module: Module },
    into: LibraryCall[],
  ): void {
    for (const imported of this.index.of(importer, space.arch).all) {
      const exporter = exporters.get(imported.name);
      if (exporter !== undefined) into.push({ importer, imported, exporter });
      const others = importers.get(imported.name);
      if (others === undefined) importers.set(imported.name, [{ importer, imported }]);
      else others.push({ importer, imported });
    }
  }

  private knownOf(space: AddressSpace): Known {
    const { removals } = space.modules;
    let known = this.spaces.get(space);
    if (known?.removals !== removals) {
      known = { removals, looked: new Set(), exporters: new Map(), importers: new Map() };
      this.spaces.set(space, known);
    }
    return known;
  }
}

const EXPORTED = { dynamic: true, static: false } as const;
