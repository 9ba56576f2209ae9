/** The part of elfy that we use: it ships without types. */
declare module 'elfy' {
  export interface ElfySection {
    readonly name: string;
    readonly addr: number;
    readonly off: number;
    readonly size: number;
    readonly link: number;
    readonly info: number;
  }

  /** Throws many kinds of errors for files that it does not like. */
  export function parse(bytes: Buffer): { readonly body: { readonly sections: ElfySection[] } };
}
