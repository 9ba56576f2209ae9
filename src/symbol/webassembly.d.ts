/** The part of the WebAssembly interface that we use: Node's types leave it to the browser's library. */
declare namespace WebAssembly {
  type Imports = Record<string, Record<string, () => unknown>>;
  interface Module {
    readonly kind?: 'module';
  }
  interface Instance {
    readonly exports: unknown;
  }
  interface Memory {
    readonly buffer: ArrayBuffer;
  }
  const Module: new (bytes: Uint8Array) => Module;
  const Instance: new (module: Module, imports: Imports) => Instance;
}
